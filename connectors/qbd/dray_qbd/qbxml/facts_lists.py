"""Messages of accounts, classes, terms, tax codes and the small lists, in the notation of facts_notation (US, 13.0)."""

SHAPES = """\
AccountRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  FullName! str 159
  IsActive bool
  ParentRef ref
  Sublevel! int
  AccountType! enum AccountsPayable|AccountsReceivable|Bank|CostOfGoodsSold|CreditCard|Equity|Expense|FixedAsset
      |Income|LongTermLiability|NonPosting|OtherAsset|OtherCurrentAsset|OtherCurrentLiability|OtherExpense|OtherIncome
  SpecialAccountType enum AccountsPayable|AccountsReceivable|CondenseItemAdjustmentExpenses|CostOfGoodsSold
      |DirectDepositLiabilities|Estimates|ExchangeGainLoss|InventoryAssets|ItemReceiptAccount|OpeningBalanceEquity
      |PayrollExpenses|PayrollLiabilities|PettyCash|PurchaseOrders|ReconciliationDifferences|RetainedEarnings
      |SalesOrders|SalesTaxPayable|UncategorizedExpenses|UncategorizedIncome|UndepositedFunds since 2.1
  AccountNumber str 7
  BankNumber str 25 since 2.0
  Desc str 200
  Balance amount
  TotalBalance amount
  TaxLineInfoRet since 2.1
    TaxLineID! int
    TaxLineName str 256
  CashFlowClassification enum None|Operating|Investing|Financing|NotApplicable since 2.1
  CurrencyRef ref 64 since 8.0
  DataExtRet* = since 2.0

StandardTermsRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  IsActive bool
  StdDueDays int
  StdDiscountDays int
  DiscountPct percent

DateDrivenTermsRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  IsActive bool
  DayOfMonthDue! int
  DueNextMonthDays int
  DiscountDayOfMonth int
  DiscountPct percent
"""

MESSAGES = """\
AccountQueryRq @requestID metaData
  either?
    ListID+ id
  or
    FullName+ str
  or
    MaxReturned int
    ActiveStatus enum ActiveOnly|InactiveOnly|All
    FromModifiedDate datetime
    ToModifiedDate datetime
    either?
      NameFilter! =
    or
      NameRangeFilter! =
    AccountType* enum AccountsPayable|AccountsReceivable|Bank|CostOfGoodsSold|CreditCard|Equity|Expense|FixedAsset
        |Income|LongTermLiability|NonPosting|OtherAsset|OtherCurrentAsset|OtherCurrentLiability|OtherExpense
        |OtherIncome
    CurrencyFilter since 8.0
      either
        ListID+ id
      or
        FullName+ str 64
  IncludeRetElement* str 50 since 4.0
  OwnerID* guid since 2.0

AccountQueryRs @answer retCount
  AccountRet* =

AccountAddRq @requestID
  AccountAdd!
    Name! str 31
    IsActive bool
    ParentRef ref
    AccountType! enum AccountsPayable|AccountsReceivable|Bank|CostOfGoodsSold|CreditCard|Equity|Expense|FixedAsset
        |Income|LongTermLiability|NonPosting|OtherAsset|OtherCurrentAsset|OtherCurrentLiability|OtherExpense
        |OtherIncome
    AccountNumber str 7
    BankNumber str 25
    Desc str 200
    OpenBalance amount
    OpenBalanceDate date
    TaxLineID int since 7.0
    CurrencyRef ref 64 since 8.0
  IncludeRetElement* str 50 since 4.0

AccountAddRs @answer
  AccountRet =
  ErrorRecovery = since 11.0

ClassQueryRq = ListQuery @requestID metaData

ClassQueryRs @answer retCount
  ClassRet*
    ListID! id
    TimeCreated! datetime
    TimeModified! datetime
    EditSequence! str 16
    Name! str 31
    FullName! str 159
    IsActive bool
    ParentRef ref
    Sublevel! int

TermsQueryRq = ListQuery @requestID metaData

TermsQueryRs @answer retCount
  any*
    StandardTermsRet! =
  or
    DateDrivenTermsRet! =

StandardTermsQueryRq = ListQuery @requestID metaData

StandardTermsQueryRs @answer retCount
  StandardTermsRet* =

DateDrivenTermsQueryRq = ListQuery @requestID metaData

DateDrivenTermsQueryRs @answer retCount
  DateDrivenTermsRet* =

SalesTaxCodeQueryRq = ListQuery @requestID metaData

SalesTaxCodeQueryRs @answer retCount
  SalesTaxCodeRet*
    ListID! id
    TimeCreated! datetime
    TimeModified! datetime
    EditSequence! str 16
    Name! str 3
    IsActive bool
    IsTaxable! bool
    Desc str 31

ShipMethodQueryRq = ListQuery @requestID metaData

ShipMethodQueryRs @answer retCount
  ShipMethodRet*
    ListID! id
    TimeCreated! datetime
    TimeModified! datetime
    EditSequence! str 16
    Name! str 15
    IsActive bool

SalesRepQueryRq = ListQuery @requestID metaData

SalesRepQueryRs @answer retCount
  SalesRepRet*
    ListID! id
    TimeCreated! datetime
    TimeModified! datetime
    EditSequence! str 16
    Initial! str 5
    IsActive bool
    SalesRepEntityRef! ref 41

CustomerMsgQueryRq = ListQuery @requestID metaData

CustomerMsgQueryRs @answer retCount
  CustomerMsgRet*
    ListID! id
    TimeCreated! datetime
    TimeModified! datetime
    EditSequence! str 16
    Name! str 101
    IsActive bool

PaymentMethodQueryRq @requestID metaData
  either?
    ListID+ id
  or
    FullName+ str
  or
    MaxReturned int
    ActiveStatus enum ActiveOnly|InactiveOnly|All
    FromModifiedDate datetime
    ToModifiedDate datetime
    either?
      NameFilter! =
    or
      NameRangeFilter! =
    PaymentMethodType* enum AmericanExpress|Cash|Check|DebitCard|Discover|ECheck|GiftCard|MasterCard|Other
        |OtherCreditCard|Visa since 7.0
  IncludeRetElement* str 50 since 4.0

PaymentMethodQueryRs @answer retCount
  PaymentMethodRet*
    ListID! id
    TimeCreated! datetime
    TimeModified! datetime
    EditSequence! str 16
    Name! str 31
    IsActive bool
    PaymentMethodType enum AmericanExpress|Cash|Check|DebitCard|Discover|ECheck|GiftCard|MasterCard|Other
        |OtherCreditCard|Visa since 7.0

TemplateQueryRq since 3.0 @requestID metaData
  IncludeRetElement* str 50 since 4.0

TemplateQueryRs since 3.0 @answer retCount
  TemplateRet*
    ListID! id
    TimeCreated! datetime
    TimeModified! datetime
    EditSequence! str 16
    Name! str 31
    IsActive bool
    TemplateType! enum BuildAssembly|CreditMemo|Estimate|Invoice|PurchaseOrder|SalesOrder|SalesReceipt

CurrencyQueryRq = ListQuery since 8.0 @requestID metaData

CurrencyQueryRs since 8.0 @answer retCount
  CurrencyRet*
    ListID id
    TimeCreated datetime
    TimeModified datetime
    EditSequence str 16
    Name str 64
    IsActive bool
    CurrencyCode str 3
    CurrencyFormat
      ThousandSeparator enum Comma|Period|Space|Apostrophe
      ThousandSeparatorGrouping enum XX_XXX_XXX|X_XX_XX_XXX
      DecimalPlaces enum 0|2
      DecimalSeparator enum Period|Comma
    IsUserDefinedCurrency bool
    ExchangeRate float
    AsOfDate date
"""
