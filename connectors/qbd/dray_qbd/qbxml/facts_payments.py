"""Messages of credit memos, payments, voiding and deleting, in the notation of facts_notation (US, 13.0)."""

SHAPES = """\
CreditMemoRet
  TxnID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  TxnNumber int
  CustomerRef! ref 209
  ClassRef ref 159
  ARAccountRef ref 159
  TemplateRef ref 31 since 3.0
  TxnDate! date
  RefNumber str 11
  BillAddress = Address
  BillAddressBlock = AddressBlock since 6.0
  ShipAddress = Address
  ShipAddressBlock = AddressBlock since 6.0
  IsPending bool
  PONumber str 25
  TermsRef ref 31
  DueDate date
  SalesRepRef ref 5
  FOB str 13
  ShipDate date
  ShipMethodRef ref 15
  Subtotal amount
  ItemSalesTaxRef ref 31
  SalesTaxPercentage percent
  SalesTaxTotal amount
  TotalAmount amount
  CreditRemaining amount since 2.0
  CurrencyRef ref 64 since 8.0
  ExchangeRate float since 8.0
  CreditRemainingInHomeCurrency amount since 8.0
  Memo str 4095
  CustomerMsgRef ref 101
  IsToBePrinted bool
  IsToBeEmailed bool since 6.0
  CustomerSalesTaxCodeRef ref 3
  Other str 29 since 6.0
  ExternalGUID guid since 9.0
  LinkedTxn* = since 1.1
  any*
    CreditMemoLineRet! =
  or
    CreditMemoLineGroupRet!
      TxnLineID! id since 3.0
      ItemGroupRef! ref 31
      Desc str 4095
      Quantity quantity
      UnitOfMeasure str 31 since 7.0
      OverrideUOMSetRef ref 31 since 7.0
      IsPrintItemsInGroup! bool
      TotalAmount! amount
      CreditMemoLineRet* =
      DataExtRet* = since 2.0
  DataExtRet* = since 2.0

CreditMemoLineRet
  TxnLineID! id
  ItemRef ref
  Desc str 4095
  Quantity quantity
  UnitOfMeasure str 31 since 7.0
  OverrideUOMSetRef ref 31 since 7.0
  either?
    Rate! price
  or
    RatePercent! percent
  ClassRef ref 159
  Amount amount
  InventorySiteRef ref 31 since 10.0
  InventorySiteLocationRef ref 31 since 12.0
  either?
    SerialNumber str 4095 since 11.0
  or
    LotNumber str 40 since 11.0
  ServiceDate date
  SalesTaxCodeRef ref 3
  Other1 str 29 since 6.0
  Other2 str 29 since 6.0
  CreditCardTxnInfo = since 7.0
  DataExtRet* = since 2.0

CreditCardTxnInfo
  CreditCardTxnInputInfo!
    CreditCardNumber! str 25
    ExpirationMonth! int
    ExpirationYear! int
    NameOnCard! str 41
    CreditCardAddress str 41
    CreditCardPostalCode str 18
    CommercialCardCode str 24
    TransactionMode enum CardNotPresent|CardPresent since 6.0
    CreditCardTxnType enum Authorization|Capture|Charge|Refund|VoiceAuthorization since 7.0
  CreditCardTxnResultInfo!
    ResultCode! int
    ResultMessage! str 60
    CreditCardTransID! str 24
    MerchantAccountNumber! str 32
    AuthorizationCode str 12
    AVSStreet enum Pass|Fail|NotAvailable
    AVSZip enum Pass|Fail|NotAvailable
    CardSecurityCodeMatch enum Pass|Fail|NotAvailable since 6.0
    ReconBatchID str 84
    PaymentGroupingCode int
    PaymentStatus! enum Unknown|Completed
    TxnAuthorizationTime! datetime
    TxnAuthorizationStamp int
    ClientTransID str 16 since 6.0

ReceivePaymentRet
  TxnID id
  TimeCreated datetime
  TimeModified datetime
  EditSequence str 16
  TxnNumber int
  CustomerRef ref 209
  ARAccountRef ref 159
  TxnDate date
  RefNumber str 20
  TotalAmount amount
  CurrencyRef ref 64 since 8.0
  ExchangeRate float since 8.0
  TotalAmountInHomeCurrency amount since 8.0
  PaymentMethodRef ref 31
  Memo str 4095
  DepositToAccountRef ref 159
  CreditCardTxnInfo = since 4.1
  UnusedPayment amount
  UnusedCredits amount
  ExternalGUID guid since 9.0
  AppliedToTxnRet*
    TxnID! id
    TxnType! enum ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check
        |CreditCardCharge|CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|ItemReceipt
        |JournalEntry|LiabilityAdjustment|Paycheck|PayrollLiabilityCheck|PurchaseOrder|ReceivePayment|SalesOrder
        |SalesReceipt|SalesTaxPaymentCheck|Transfer|VendorCredit|YTDAdjustment
    TxnDate date
    RefNumber str 20
    BalanceRemaining amount
    Amount amount
    DiscountAmount amount
    DiscountAccountRef ref 159
    DiscountClassRef ref 159 since 11.0
    LinkedTxn* = since 10.0
  DataExtRet* = since 2.0
"""

MESSAGES = """\
CreditMemoQueryRq @requestID metaData iterator iteratorID
  either?
    TxnID+ id
  or
    RefNumber+ str
  or
    RefNumberCaseSensitive+ str since 4.0
  or
    MaxReturned int
    either?
      ModifiedDateRangeFilter! =
    or
      TxnDateRangeFilter!
        either
          FromTxnDate date
          ToTxnDate date
        or
          DateMacro! enum All|Today|ThisWeek|ThisWeekToDate|ThisMonth|ThisMonthToDate|ThisCalendarQuarter
              |ThisCalendarQuarterToDate|ThisFiscalQuarter|ThisFiscalQuarterToDate|ThisCalendarYear
              |ThisCalendarYearToDate|ThisFiscalYear|ThisFiscalYearToDate|Yesterday|LastWeek|LastWeekToDate|LastMonth
              |LastMonthToDate|LastCalendarQuarter|LastCalendarQuarterToDate|LastFiscalQuarter
              |LastFiscalQuarterToDate|LastCalendarYear|LastCalendarYearToDate|LastFiscalYear|LastFiscalYearToDate
              |NextWeek|NextFourWeeks|NextMonth|NextCalendarQuarter|NextCalendarYear|NextFiscalQuarter|NextFiscalYear
    EntityFilter = TreeFilter
    AccountFilter = TreeFilter
    either?
      RefNumberFilter! =
    or
      RefNumberRangeFilter! =
    CurrencyFilter since 8.0
      either
        ListID+ id
      or
        FullName+ str 64
  IncludeLineItems bool
  IncludeLinkedTxns bool since 1.1
  IncludeRetElement* str 50 since 4.0
  OwnerID* guid since 2.0

CreditMemoQueryRs @answer retCount iteratorRemainingCount iteratorID
  CreditMemoRet* =

CreditMemoAddRq @requestID
  CreditMemoAdd! @defMacro
    CustomerRef! ref 209
    ClassRef ref 159
    ARAccountRef ref 159
    TemplateRef ref 31 since 3.0
    TxnDate date
    RefNumber str 11
    BillAddress = Address
    ShipAddress = Address
    IsPending bool
    PONumber str 25
    TermsRef ref 31
    DueDate date
    SalesRepRef ref 5
    FOB str 13
    ShipDate date
    ShipMethodRef ref 15
    ItemSalesTaxRef ref 31
    Memo str 4095
    CustomerMsgRef ref 101
    IsToBePrinted bool
    IsToBeEmailed bool since 6.0
    CustomerSalesTaxCodeRef ref 3
    Other str 29 since 6.0
    ExchangeRate float since 8.0
    ExternalGUID guid since 9.0
    any+
      CreditMemoLineAdd! @defMacro
        ItemRef ref
        Desc str 4095
        Quantity quantity
        UnitOfMeasure str 31 since 7.0
        either?
          Rate! price
        or
          RatePercent! percent
        or
          PriceLevelRef! ref 31 since 4.0
        ClassRef ref 159
        Amount amount
        InventorySiteRef ref 31 since 10.0
        InventorySiteLocationRef ref 31 since 12.0
        either?
          SerialNumber str 4095 since 11.0
        or
          LotNumber str 40 since 11.0
        ServiceDate date
        SalesTaxCodeRef ref 3
        OverrideItemAccountRef ref 159 since 2.0
        Other1 str 29 since 6.0
        Other2 str 29 since 6.0
        CreditCardTxnInfo = since 7.0
        DataExt* = since 5.0
    or
      CreditMemoLineGroupAdd! = LineGroupAdd
  IncludeRetElement* str 50 since 4.0

CreditMemoAddRs @answer
  CreditMemoRet =
  ErrorRecovery = since 11.0

ReceivePaymentQueryRq since 1.1 @requestID metaData iterator iteratorID
  either?
    TxnID+ id
  or
    RefNumber+ str
  or
    RefNumberCaseSensitive+ str since 4.0
  or
    MaxReturned int
    either?
      ModifiedDateRangeFilter! =
    or
      TxnDateRangeFilter!
        either
          FromTxnDate date
          ToTxnDate date
        or
          DateMacro! enum All|Today|ThisWeek|ThisWeekToDate|ThisMonth|ThisMonthToDate|ThisCalendarQuarter
              |ThisCalendarQuarterToDate|ThisFiscalQuarter|ThisFiscalQuarterToDate|ThisCalendarYear
              |ThisCalendarYearToDate|ThisFiscalYear|ThisFiscalYearToDate|Yesterday|LastWeek|LastWeekToDate|LastMonth
              |LastMonthToDate|LastCalendarQuarter|LastCalendarQuarterToDate|LastFiscalQuarter
              |LastFiscalQuarterToDate|LastCalendarYear|LastCalendarYearToDate|LastFiscalYear|LastFiscalYearToDate
              |NextWeek|NextFourWeeks|NextMonth|NextCalendarQuarter|NextCalendarYear|NextFiscalQuarter|NextFiscalYear
    EntityFilter = TreeFilter
    AccountFilter = TreeFilter
    either?
      RefNumberFilter! =
    or
      RefNumberRangeFilter! =
    CurrencyFilter since 8.0
      either
        ListID+ id
      or
        FullName+ str 64
  IncludeLineItems bool
  IncludeRetElement* str 50 since 4.0
  OwnerID* guid since 2.0

ReceivePaymentQueryRs since 1.1 @answer retCount iteratorRemainingCount iteratorID
  ReceivePaymentRet* =

ReceivePaymentAddRq since 1.1 @requestID
  ReceivePaymentAdd! @defMacro
    CustomerRef! ref 209
    ARAccountRef ref 159
    TxnDate date
    RefNumber str 20
    TotalAmount amount
    ExchangeRate float since 8.0
    PaymentMethodRef ref 31
    Memo str 4095
    DepositToAccountRef ref 159
    CreditCardTxnInfo = since 4.1
    ExternalGUID guid since 9.0
    either
      IsAutoApply! bool
    or
      AppliedToTxnAdd+
        TxnID! id
        PaymentAmount amount
        SetCredit* =
        DiscountAmount amount
        DiscountAccountRef ref 159
        DiscountClassRef ref 159 since 11.0
  IncludeRetElement* str 50 since 4.0

ReceivePaymentAddRs since 1.1 @answer
  ReceivePaymentRet =
  ErrorRecovery = since 11.0

TxnVoidRq since 1.1 @requestID
  TxnVoidType! enum ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|Charge|Check|CreditCardCharge
      |CreditCardCredit|CreditMemo|Deposit|InventoryAdjustment|Invoice|ItemReceipt|JournalEntry|SalesReceipt
      |VendorCredit
  TxnID! id

TxnVoidRs since 1.1 @answer
  TxnVoidType enum ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|Charge|Check|CreditCardCharge
      |CreditCardCredit|CreditMemo|Deposit|InventoryAdjustment|Invoice|ItemReceipt|JournalEntry|SalesReceipt
      |VendorCredit
  TxnID id
  TimeCreated datetime
  TimeModified datetime
  RefNumber str
  ErrorRecovery = since 11.0

TxnDelRq since 1.1 @requestID
  TxnDelType! enum ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check
      |CreditCardCharge|CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|ItemReceipt
      |JournalEntry|PurchaseOrder|ReceivePayment|SalesOrder|SalesReceipt|SalesTaxPaymentCheck|TimeTracking
      |TransferInventory|VehicleMileage|VendorCredit
  TxnID! id

TxnDelRs since 1.1 @answer
  TxnDelType enum ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check
      |CreditCardCharge|CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|ItemReceipt
      |JournalEntry|PurchaseOrder|ReceivePayment|SalesOrder|SalesReceipt|SalesTaxPaymentCheck|TimeTracking
      |TransferInventory|VehicleMileage|VendorCredit
  TxnID id
  TimeDeleted datetime
  RefNumber str
  ErrorRecovery = since 11.0
"""
