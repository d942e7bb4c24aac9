"""Groups that messages of several subjects share, in the notation of facts_notation (US, 13.0)."""

SHAPES = """\
Address
  Addr1 str 41
  Addr2 str 41
  Addr3 str 41
  Addr4 str 41 since 2.0
  Addr5 str 41 since 6.0
  City str 31
  State str 21
  PostalCode str 13
  Country str 31
  Note str 41 since 6.0

AddressBlock
  Addr1 str 41
  Addr2 str 41
  Addr3 str 41
  Addr4 str 41
  Addr5 str 41

DataExtRet
  OwnerID guid
  DataExtName! str 31
  DataExtType! enum AMTTYPE|DATETIMETYPE|INTTYPE|PERCENTTYPE|PRICETYPE|QUANTYPE|STR1024TYPE|STR255TYPE
  DataExtValue! str

ErrorRecovery
  either
    ListID id
  or
    OwnerID guid
  or
    TxnID id
  TxnNumber int
  EditSequence str 16
  ExternalGUID guid

CustomerQuery
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
    TotalBalanceFilter
      Operator! enum LessThan|LessThanEqual|Equal|GreaterThan|GreaterThanEqual
      Amount! amount
    CurrencyFilter since 8.0
      either
        ListID+ id
      or
        FullName+ str 64
    ClassFilter = since 12.0
  IncludeRetElement* str 50 since 4.0
  OwnerID* guid since 2.0

NameFilter
  MatchCriterion! enum StartsWith|Contains|EndsWith
  Name! str

NameRangeFilter
  FromName str
  ToName str

ClassFilter
  either
    ListID+ id
  or
    FullName+ str
  or
    ListIDWithChildren! id
  or
    FullNameWithChildren! str

ShipToAddress
  Name! str 41
  Addr1 str 41
  Addr2 str 41
  Addr3 str 41
  Addr4 str 41 since 2.0
  Addr5 str 41 since 6.0
  City str 31
  State str 21
  PostalCode str 13
  Country str 31
  Note str 41 since 6.0
  DefaultShipTo bool

AdditionalContactRef
  ContactName! str 40
  ContactValue! str 255

ContactsRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Contact str 41
  Salutation str 15
  FirstName! str 25
  MiddleName str 5
  LastName str 25
  JobTitle str 41
  AdditionalContactRef* =

CreditCardInfo
  CreditCardNumber str 25
  ExpirationMonth int
  ExpirationYear int
  NameOnCard str 41
  CreditCardAddress str 41
  CreditCardPostalCode str 41

AdditionalNotesRet
  NoteID! int
  Date! date
  Note! str 4095

ListQuery
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
  IncludeRetElement* str 50 since 4.0

OwnedListQuery
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
  IncludeRetElement* str 50 since 4.0
  OwnerID* guid since 2.0

ModifiedDateRangeFilter
  FromModifiedDate datetime
  ToModifiedDate datetime

TreeFilter
  either
    ListID+ id since 2.0
  or
    FullName+ str
  or
    ListIDWithChildren! id since 2.0
  or
    FullNameWithChildren! str

RefNumberFilter
  MatchCriterion! enum StartsWith|Contains|EndsWith
  RefNumber! str

RefNumberRangeFilter
  FromRefNumber str
  ToRefNumber str

LinkedTxn
  TxnID! id
  TxnType! enum ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check
      |CreditCardCharge|CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|ItemReceipt
      |JournalEntry|LiabilityAdjustment|Paycheck|PayrollLiabilityCheck|PurchaseOrder|ReceivePayment|SalesOrder
      |SalesReceipt|SalesTaxPaymentCheck|Transfer|VendorCredit|YTDAdjustment
  TxnDate! date
  RefNumber str 20
  LinkType enum AMTTYPE|QUANTYPE since 3.0
  Amount! amount

SetCredit
  CreditTxnID! id
  AppliedAmount! amount
  Override bool since 10.0

DataExt
  OwnerID! guid
  DataExtName! str 31
  DataExtValue! str

LineGroupAdd
  ItemGroupRef! ref 31
  Quantity quantity
  UnitOfMeasure str 31 since 7.0
  InventorySiteRef ref 31 since 10.0
  InventorySiteLocationRef ref 31 since 12.0
  DataExt* = since 5.0
"""

MESSAGES = """\
"""
