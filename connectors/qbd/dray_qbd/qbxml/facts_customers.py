"""Messages of customers and jobs, in the notation of facts_notation (US, 13.0)."""

SHAPES = """\
CustomerRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 41
  FullName! str 209
  IsActive bool
  ClassRef ref 159 since 12.0
  ParentRef ref
  Sublevel! int
  CompanyName str 41
  Salutation str 15
  FirstName str 25
  MiddleName str 5
  LastName str 25
  JobTitle str 41 since 12.0
  BillAddress = Address
  BillAddressBlock = AddressBlock since 6.0
  ShipAddress = Address
  ShipAddressBlock = AddressBlock since 6.0
  ShipToAddress* = since 12.0
  Phone str 21
  AltPhone str 21
  Fax str 21
  Email str 1023
  Cc str 1023 since 12.0
  Contact str 41
  AltContact str 41
  AdditionalContactRef* = since 12.0
  ContactsRet* = since 12.0
  CustomerTypeRef ref 159
  TermsRef ref 31
  SalesRepRef ref 5
  Balance amount
  TotalBalance amount
  SalesTaxCodeRef ref 3
  ItemSalesTaxRef ref 31
  ResaleNumber str 15
  AccountNumber str 99
  CreditLimit amount
  PreferredPaymentMethodRef ref 31 since 3.0
  CreditCardInfo = since 3.0
  JobStatus enum Awarded|Closed|InProgress|None|NotAwarded|Pending
  JobStartDate date
  JobProjectedEndDate date
  JobEndDate date
  JobDesc str 99
  JobTypeRef ref 159
  Notes str 4095
  AdditionalNotesRet* = since 12.0
  PreferredDeliveryMethod enum None|Email|Fax since 12.0
  PriceLevelRef ref 31 since 4.0
  ExternalGUID guid since 8.0
  CurrencyRef ref 64 since 8.0
  DataExtRet* = since 2.0

CustomerReply
  CustomerRet =
  ErrorRecovery = since 11.0
"""

MESSAGES = """\
CustomerQueryRq = CustomerQuery @requestID metaData iterator iteratorID

CustomerQueryRs @answer retCount iteratorRemainingCount iteratorID
  CustomerRet* =

CustomerAddRq @requestID
  CustomerAdd!
    Name! str 41
    IsActive bool
    ClassRef ref 159 since 12.0
    ParentRef ref
    CompanyName str 41
    Salutation str 15
    FirstName str 25
    MiddleName str 5
    LastName str 25
    JobTitle str 41 since 12.0
    BillAddress = Address
    ShipAddress = Address
    ShipToAddress* = since 12.0
    Phone str 21
    AltPhone str 21
    Fax str 21
    Email str 1023
    Cc str 1023 since 12.0
    Contact str 41
    AltContact str 41
    AdditionalContactRef* = since 12.0
    Contacts* since 12.0
      Salutation str 15
      FirstName! str 25
      MiddleName str 5
      LastName str 25
      JobTitle str 41
      AdditionalContactRef* =
    CustomerTypeRef ref 159
    TermsRef ref 31
    SalesRepRef ref 5
    OpenBalance amount
    OpenBalanceDate date
    SalesTaxCodeRef ref 3
    ItemSalesTaxRef ref 31
    ResaleNumber str 15
    AccountNumber str 99
    CreditLimit amount
    PreferredPaymentMethodRef ref 31 since 3.0
    CreditCardInfo = since 3.0
    JobStatus enum Awarded|Closed|InProgress|None|NotAwarded|Pending
    JobStartDate date
    JobProjectedEndDate date
    JobEndDate date
    JobDesc str 99
    JobTypeRef ref 159
    Notes str 4095 since 3.0
    AdditionalNotes* since 12.0
      Note! str 4095
    PreferredDeliveryMethod enum None|Email|Fax since 12.0
    PriceLevelRef ref 31 since 4.0
    ExternalGUID guid since 8.0
    CurrencyRef ref 64 since 8.0
  IncludeRetElement* str 50 since 4.0

CustomerAddRs = CustomerReply @answer

CustomerModRq @requestID
  CustomerMod!
    ListID! id
    EditSequence! str 16
    Name str 41
    IsActive bool since 3.0
    ClassRef ref 159 since 12.0
    ParentRef ref since 3.0
    CompanyName str 41
    Salutation str 15
    FirstName str 25
    MiddleName str 5
    LastName str 25
    JobTitle str 41 since 12.0
    BillAddress = Address
    ShipAddress = Address
    ShipToAddress* = since 12.0
    Phone str 21
    AltPhone str 21
    Fax str 21
    Email str 1023
    Cc str 1023 since 12.0
    Contact str 41
    AltContact str 41
    AdditionalContactRef* = since 12.0
    ContactsMod* since 12.0
      ListID! id
      EditSequence! str 16
      Salutation str 15
      FirstName! str 25
      MiddleName str 5
      LastName str 25
      JobTitle str 41
      AdditionalContactRef* =
    CustomerTypeRef ref 159 since 3.0
    TermsRef ref 31 since 3.0
    SalesRepRef ref 5 since 3.0
    SalesTaxCodeRef ref 3 since 3.0
    ItemSalesTaxRef ref 31 since 3.0
    ResaleNumber str 15 since 3.0
    AccountNumber str 99
    CreditLimit amount since 3.0
    PreferredPaymentMethodRef ref 31 since 3.0
    CreditCardInfo = since 3.0
    JobStatus enum Awarded|Closed|InProgress|None|NotAwarded|Pending since 3.0
    JobStartDate date since 3.0
    JobProjectedEndDate date since 3.0
    JobEndDate date since 3.0
    JobDesc str 99 since 3.0
    JobTypeRef ref 159 since 3.0
    Notes str 4095 since 3.0
    AdditionalNotesMod* since 12.0
      NoteID! int
      Note! str 4095
    PreferredDeliveryMethod enum None|Email|Fax since 12.0
    PriceLevelRef ref 31 since 4.0
    CurrencyRef ref 64 since 8.0
  IncludeRetElement* str 50 since 4.0

CustomerModRs = CustomerReply @answer
"""
