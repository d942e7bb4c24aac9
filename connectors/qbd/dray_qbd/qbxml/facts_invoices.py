"""Messages of invoices, in the notation of facts_notation (US, 13.0)."""

SHAPES = """\
InvoiceRet
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
  IsFinanceCharge bool
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
  AppliedAmount amount
  BalanceRemaining amount
  CurrencyRef ref 64 since 8.0
  ExchangeRate float since 8.0
  BalanceRemainingInHomeCurrency amount since 8.0
  Memo str 4095
  IsPaid bool since 2.0
  CustomerMsgRef ref 101
  IsToBePrinted bool
  IsToBeEmailed bool since 6.0
  CustomerSalesTaxCodeRef ref 3
  SuggestedDiscountAmount amount
  SuggestedDiscountDate date
  Other str 29 since 6.0
  ExternalGUID guid since 9.0
  LinkedTxn* = since 1.1
  any*
    InvoiceLineRet! =
  or
    InvoiceLineGroupRet!
      TxnLineID! id since 2.1
      ItemGroupRef! ref 31
      Desc str 4095
      Quantity quantity
      UnitOfMeasure str 31 since 7.0
      OverrideUOMSetRef ref 31 since 7.0
      IsPrintItemsInGroup! bool
      TotalAmount! amount
      InvoiceLineRet* =
      DataExtRet* = since 2.0
  DataExtRet* = since 2.0

InvoiceLineRet
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
  DataExtRet* = since 2.0

InvoiceReply
  InvoiceRet =
  ErrorRecovery = since 11.0

InvoiceLineMod
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
  or
    PriceLevelRef! ref 31 since 4.0
  ClassRef ref 159
  Amount amount
  OptionForPriceRuleConflict enum Zero|BasePrice since 13.0
  InventorySiteRef ref 31 since 10.0
  InventorySiteLocationRef ref 31 since 12.0
  either?
    SerialNumber str 4095 since 11.0
  or
    LotNumber str 40 since 11.0
  ServiceDate date
  SalesTaxCodeRef ref 3
  OverrideItemAccountRef ref 159
  Other1 str 29 since 6.0
  Other2 str 29 since 6.0
"""

MESSAGES = """\
InvoiceQueryRq @requestID metaData iterator iteratorID
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
    PaidStatus enum All|PaidOnly|NotPaidOnly
  IncludeLineItems bool
  IncludeLinkedTxns bool since 1.1
  IncludeRetElement* str 50 since 4.0
  OwnerID* guid since 2.0

InvoiceQueryRs @answer retCount iteratorRemainingCount iteratorID
  InvoiceRet* =

InvoiceAddRq @requestID
  InvoiceAdd! @defMacro
    CustomerRef! ref 209
    ClassRef ref 159
    ARAccountRef ref 159
    TemplateRef ref 31 since 3.0
    TxnDate date
    RefNumber str 11
    BillAddress = Address
    ShipAddress = Address
    IsPending bool
    IsFinanceCharge bool since 8.0
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
    LinkToTxnID* id since 6.0
    SetCredit* = since 10.0
    any*
      InvoiceLineAdd! @defMacro
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
        OptionForPriceRuleConflict enum Zero|BasePrice since 13.0
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
        LinkToTxn since 6.0
          TxnID! id
          TxnLineID! id
        DataExt* = since 5.0
    or
      InvoiceLineGroupAdd! = LineGroupAdd
  IncludeRetElement* str 50 since 4.0

InvoiceAddRs = InvoiceReply @answer

InvoiceModRq since 2.1 @requestID
  InvoiceMod!
    TxnID! id
    EditSequence! str 16
    CustomerRef ref 209
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
    SetCredit* = since 10.0
    any*
      InvoiceLineMod! =
    or
      InvoiceLineGroupMod!
        TxnLineID! id
        ItemGroupRef ref 31
        Quantity quantity
        UnitOfMeasure str 31 since 7.0
        OverrideUOMSetRef ref 31 since 7.0
        InvoiceLineMod* =
  IncludeRetElement* str 50 since 4.0

InvoiceModRs = InvoiceReply since 2.1 @answer
"""
