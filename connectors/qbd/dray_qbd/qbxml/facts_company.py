"""Messages about the company file, its custom fields and its deletions (notation: facts_notation; US, 13.0)."""

SHAPES = """\
DeletedDateRangeFilter
  FromDeletedDate datetime
  ToDeletedDate datetime
"""

MESSAGES = """\
HostQueryRq @requestID
  IncludeListMetaData since 6.0
    IncludeMaxCapacity! bool
  IncludeRetElement* str 50 since 4.0

HostQueryRs @answer
  HostRet
    ProductName! str 255
    MajorVersion! str 5
    MinorVersion! str 5
    Country str 2 since 3.0
    SupportedQBXMLVersion+ str 10
    IsAutomaticLogin bool since 3.0
    QBFileMode! enum MultiUser|SingleUser since 3.0
    ListMetaData since 6.0
      AccountMetaData!
        MaxCapacity! int
      BillingRateMetaData!
        MaxCapacity! int
      ClassMetaData!
        MaxCapacity! int
      CustomerMsgMetaData!
        MaxCapacity! int
      CustomerTypeMetaData!
        MaxCapacity! int
      EntityMetaData!
        MaxCapacity! int
      ItemMetaData!
        MaxCapacity! int
      JobTypeMetaData!
        MaxCapacity! int
      PaymentMethodMetaData!
        MaxCapacity! int
      PayrollItemMetaData!
        MaxCapacity! int
      PriceLevelMetaData!
        MaxCapacity! int
      SalesRepMetaData!
        MaxCapacity! int
      SalesTaxCodeMetaData!
        MaxCapacity! int
      ShipMethodMetaData!
        MaxCapacity! int
      TemplateMetaData!
        MaxCapacity! int
      TermsMetaData!
        MaxCapacity! int
      ToDoMetaData!
        MaxCapacity! int
      VehicleMetaData!
        MaxCapacity! int
      VendorTypeMetaData!
        MaxCapacity! int

CompanyQueryRq @requestID
  IncludeRetElement* str 50 since 4.0
  OwnerID* guid since 2.0

CompanyQueryRs @answer
  CompanyRet
    IsSampleCompany! bool since 3.0
    CompanyName str 59
    LegalCompanyName str 59
    Address =
    AddressBlock = since 6.0
    LegalAddress = Address
    CompanyAddressForCustomer = Address
    CompanyAddressBlockForCustomer = AddressBlock since 6.0
    Phone str 51
    Fax str 51
    Email str 1023
    CompanyWebSite str 128
    FirstMonthFiscalYear enum January|February|March|April|May|June|July|August|September|October|November|December
    FirstMonthIncomeTaxYear enum January|February|March|April|May|June|July|August|September|October|November|December
    CompanyType str 255
    EIN str 20 since 2.0
    SSN str 11 since 2.1
    TaxForm enum Form1040|Form1065|Form1120|Form1120S|Form990|Form990PF|Form990T|OtherOrNone since 2.1
    SubscribedServices since 7.0
      Service*
        Name! str 50
        Domain! str 50
        ServiceStatus! enum Active|Expired|Never|Pending|Suspended|Terminated|Trial
    AccountantCopy since 8.0
      AccountantCopyExists! bool
      DividingDate date
    DataExtRet* = since 2.0

PreferencesQueryRq since 1.1 @requestID
  IncludeRetElement* str 50 since 4.0

PreferencesQueryRs since 1.1 @answer
  PreferencesRet
    AccountingPreferences!
      IsUsingAccountNumbers! bool
      IsRequiringAccounts! bool
      IsUsingClassTracking! bool
      AssignClassesTo enum None|Accounts|Items|Names since 12.0
      IsUsingAuditTrail! bool
      IsAssigningJournalEntryNumbers! bool
      ClosingDate date
    FinanceChargePreferences!
      AnnualInterestRate percent
      MinFinanceCharge amount
      GracePeriod! int
      FinanceChargeAccountRef ref 159
      IsAssessingForOverdueCharges! bool
      CalculateChargesFrom! enum DueDate|InvoiceOrBilledDate
      IsMarkedToBePrinted! bool
    JobsAndEstimatesPreferences!
      IsUsingEstimates! bool
      IsUsingProgressInvoicing! bool
      IsPrintingItemsWithZeroAmounts! bool
    MultiCurrencyPreferences since 8.0
      IsMultiCurrencyOn bool
      HomeCurrencyRef ref 64
    MultiLocationInventoryPreferences since 10.0
      IsMultiLocationInventoryAvailable bool
      IsMultiLocationInventoryEnabled bool
    PurchasesAndVendorsPreferences!
      IsUsingInventory! bool
      DaysBillsAreDue! int
      IsAutomaticallyUsingDiscounts! bool
      DefaultDiscountAccountRef ref 159
    ReportsPreferences!
      AgingReportBasis! enum AgeFromDueDate|AgeFromTransactionDate
      SummaryReportBasis! enum Accrual|Cash
    SalesAndCustomersPreferences!
      DefaultShipMethodRef ref 15
      DefaultFOB str 13
      DefaultMarkup percent
      IsTrackingReimbursedExpensesAsIncome! bool
      IsAutoApplyingPayments! bool
      PriceLevels since 4.0
        IsUsingPriceLevels! bool
        IsRoundingSalesPriceUp bool
    SalesTaxPreferences
      DefaultItemSalesTaxRef! ref 31
      PaySalesTax! enum Monthly|Quarterly|Annually
      DefaultTaxableSalesTaxCodeRef! ref 3
      DefaultNonTaxableSalesTaxCodeRef! ref 3
      IsUsingVendorTaxCode bool
      IsUsingCustomerTaxCode bool
      IsUsingAmountsIncludeTax bool
    TimeTrackingPreferences
      FirstDayOfWeek! enum Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday
    CurrentAppAccessRights!
      IsAutomaticLoginAllowed! bool
      AutomaticLoginUserName str 29
      IsPersonalDataAccessAllowed! bool
    ItemsAndInventoryPreferences since 11.0
      EnhancedInventoryReceivingEnabled bool
      IsTrackingSerialOrLotNumber enum None|SerialNumber|LotNumber
      isTrackingOnSalesTransactionsEnabled bool
      isTrackingOnPurchaseTransactionsEnabled bool
      isTrackingOnInventoryAdjustmentEnabled bool
      isTrackingOnBuildAssemblyEnabled bool
      FIFOEnabled bool
      FIFOEffectiveDate date
      IsRSBEnabled bool since 12.0
      IsBarcodeEnabled bool since 12.0

DataExtDefAddRq since 2.0 @requestID
  DataExtDefAdd!
    OwnerID! guid
    DataExtName! str 31
    DataExtType! enum AMTTYPE|DATETIMETYPE|INTTYPE|PERCENTTYPE|PRICETYPE|QUANTYPE|STR1024TYPE|STR255TYPE
    AssignToObject* enum Account|ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge
        |Check|Company|CreditCardCharge|CreditCardCredit|CreditMemo|Customer|Deposit|Employee|Estimate
        |InventoryAdjustment|Invoice|Item|ItemReceipt|JournalEntry|OtherName|PurchaseOrder|ReceivePayment|SalesOrder
        |SalesReceipt|SalesTaxPaymentCheck|Vendor|VendorCredit
    DataExtListRequire bool since 12.0
    DataExtTxnRequire bool since 12.0
    DataExtFormatString str since 12.0
  IncludeRetElement* str 50 since 4.0

DataExtDefAddRs since 2.0 @answer
  DataExtDefRet
    OwnerID guid
    DataExtID! int since 11.0
    DataExtName! str 31
    DataExtType! enum AMTTYPE|DATETIMETYPE|INTTYPE|PERCENTTYPE|PRICETYPE|QUANTYPE|STR1024TYPE|STR255TYPE
    AssignToObject* enum Account|ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge
        |Check|Company|CreditCardCharge|CreditCardCredit|CreditMemo|Customer|Deposit|Employee|Estimate
        |InventoryAdjustment|Invoice|Item|ItemReceipt|JournalEntry|OtherName|PurchaseOrder|ReceivePayment|SalesOrder
        |SalesReceipt|SalesTaxPaymentCheck|Vendor|VendorCredit
    DataExtListRequire! bool since 11.0
    DataExtTxnRequire! bool since 11.0
    DataExtFormatString! str since 11.0
  ErrorRecovery = since 11.0

DataExtAddRq since 2.0 @requestID
  DataExtAdd!
    OwnerID! guid
    DataExtName! str 31
    either
      ListDataExtType! enum Account|Customer|Employee|Item|OtherName|Vendor
      ListObjRef! ref 159
    or
      TxnDataExtType! enum ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check
          |CreditCardCharge|CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|ItemReceipt
          |JournalEntry|PurchaseOrder|ReceivePayment|SalesOrder|SalesReceipt|SalesTaxPaymentCheck|VendorCredit
      TxnID! id
      TxnLineID id since 3.0
    or
      OtherDataExtType! enum Company
    DataExtValue! str

DataExtAddRs since 2.0 @answer
  DataExtRet =
  ErrorRecovery = since 11.0

ListDeletedQueryRq since 2.0 @requestID metaData
  ListDelType+ enum Account|BillingRate|Class|Currency|Customer|CustomerMsg|CustomerType|DateDrivenTerms|Employee
      |InventorySite|ItemDiscount|ItemFixedAsset|ItemGroup|ItemInventory|ItemInventoryAssembly|ItemNonInventory
      |ItemOtherCharge|ItemPayment|ItemSalesTax|ItemSalesTaxGroup|ItemService|ItemSubtotal|JobType|OtherName
      |PaymentMethod|PayrollItemNonWage|PayrollItemWage|PriceLevel|SalesRep|SalesTaxCode|ShipMethod|StandardTerms
      |ToDo|UnitOfMeasureSet|Vehicle|Vendor|VendorType|WorkersCompCode
  DeletedDateRangeFilter =
  IncludeRetElement* str 50 since 4.0

ListDeletedQueryRs since 2.0 @answer retCount
  ListDeletedRet*
    ListDelType! enum Account|BillingRate|Class|Currency|Customer|CustomerMsg|CustomerType|DateDrivenTerms|Employee
        |InventorySite|ItemDiscount|ItemFixedAsset|ItemGroup|ItemInventory|ItemInventoryAssembly|ItemNonInventory
        |ItemOtherCharge|ItemPayment|ItemSalesTax|ItemSalesTaxGroup|ItemService|ItemSubtotal|JobType|OtherName
        |PaymentMethod|PayrollItemNonWage|PayrollItemWage|PriceLevel|SalesRep|SalesTaxCode|ShipMethod|StandardTerms
        |ToDo|UnitOfMeasureSet|Vehicle|Vendor|VendorType|WorkersCompCode
    ListID! id
    TimeCreated! datetime
    TimeDeleted! datetime
    FullName str

TxnDeletedQueryRq since 2.0 @requestID metaData
  TxnDelType+ enum ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check
      |CreditCardCharge|CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|ItemReceipt
      |JournalEntry|PurchaseOrder|ReceivePayment|SalesOrder|SalesReceipt|SalesTaxPaymentCheck|TimeTracking
      |TransferInventory|VehicleMileage|VendorCredit
  DeletedDateRangeFilter =
  IncludeRetElement* str 50 since 4.0

TxnDeletedQueryRs since 2.0 @answer retCount
  TxnDeletedRet*
    TxnDelType! enum ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check
        |CreditCardCharge|CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|ItemReceipt
        |JournalEntry|PurchaseOrder|ReceivePayment|SalesOrder|SalesReceipt|SalesTaxPaymentCheck|TimeTracking
        |TransferInventory|VehicleMileage|VendorCredit
    TxnID! id
    TimeCreated! datetime
    TimeDeleted! datetime
    RefNumber str
"""
