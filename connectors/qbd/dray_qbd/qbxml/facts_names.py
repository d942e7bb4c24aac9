"""Queries of vendors, employees, other names and all names at once, in the notation of facts_notation (US, 13.0)."""

SHAPES = """\
EmployeeRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 41
  IsActive bool
  Salutation str 15
  FirstName str 25
  MiddleName str 5
  LastName str 25
  JobTitle str 41 since 12.0
  SupervisorRef ref 209 since 13.0
  Department str 31 since 13.0
  Description str 64 since 13.0
  TargetBonus amount since 13.0
  EmployeeAddress
    Addr1 str 41
    Addr2 str 41
    City str 31
    State str 21
    PostalCode str 13
  PrintAs str 41
  Phone str 21
  Mobile str 21 since 2.1
  Pager str 21 since 2.1
  PagerPIN str 10 since 2.1
  AltPhone str 21
  Fax str 21 since 2.1
  SSN str 11 since 2.0
  Email str 1023
  AdditionalContactRef* = since 12.0
  EmergencyContacts since 13.0
    PrimaryContact = EmergencyContact
    SecondaryContact = EmergencyContact
  EmployeeType enum Officer|Owner|Regular|Statutory
  PartOrFullTime enum PartTime|FullTime since 13.0
  Exempt enum Exempt|NonExempt since 13.0
  KeyEmployee enum Yes|No since 13.0
  Gender enum Male|Female
  HiredDate date
  OriginalHireDate date since 13.0
  AdjustedServiceDate date since 13.0
  ReleasedDate date
  BirthDate date since 2.0
  USCitizen enum Yes|No since 13.0
  Ethnicity enum AmericianIndian|Asian|Black|Hawaiian|Hispanic|White|TwoOrMoreRaces since 13.0
  Disabled enum Yes|No since 13.0
  DisabilityDesc str 25 since 13.0
  OnFile enum Yes|No since 13.0
  WorkAuthExpireDate date since 13.0
  USVeteran enum Yes|No since 13.0
  MilitaryStatus enum Active|Reserve since 13.0
  AccountNumber str 99
  Notes str 4095 since 2.1
  AdditionalNotesRet* = since 12.0
  BillingRateRef ref 31 since 6.0
  EmployeePayrollInfo since 2.0
    PayPeriod enum Daily|Weekly|Biweekly|Semimonthly|Monthly|Quarterly|Yearly
    ClassRef ref 159
    either?
      ClearEarnings! bool
    or
      Earnings+
        PayrollItemWageRef! ref 31
        either?
          Rate! price
        or
          RatePercent! percent
    UseTimeDataToCreatePaychecks enum NotSet|UseTimeData|DoNotUseTimeData since 3.0
    SickHours = AccruedHours
    VacationHours = AccruedHours
  ExternalGUID guid since 8.0
  DataExtRet* = since 2.0

EmergencyContact
  ContactName! str 40
  ContactValue! str 255
  Relation enum Spouse|Partner|Mother|Father|Sister|Brother|Son|Daughter|Friend|Other

AccruedHours
  HoursAvailable interval
  AccrualPeriod enum BeginningOfYear|EveryHourOnPaycheck|EveryPaycheck
  HoursAccrued interval
  MaximumHours interval
  IsResettingHoursEachNewYear bool
  HoursUsed interval since 5.0
  AccrualStartDate date since 5.0

OtherNameRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 41
  IsActive bool
  CompanyName str 41
  Salutation str 15
  FirstName str 25
  MiddleName str 5
  LastName str 25
  OtherNameAddress = Address
  OtherNameAddressBlock = AddressBlock since 6.0
  Phone str 21
  AltPhone str 21
  Fax str 21
  Email str 1023
  Contact str 41
  AltContact str 41
  AccountNumber str 99
  Notes str 4095 since 3.0
  ExternalGUID guid since 8.0
  DataExtRet* = since 2.0

VendorRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 41
  IsActive bool
  ClassRef ref 159 since 12.0
  CompanyName str 41
  Salutation str 15
  FirstName str 25
  MiddleName str 5
  LastName str 25
  JobTitle str 41 since 12.0
  VendorAddress = Address
  VendorAddressBlock = AddressBlock since 6.0
  ShipAddress = Address since 11.0
  Phone str 21
  AltPhone str 21
  Fax str 21
  Email str 1023
  Cc str 1023 since 12.0
  Contact str 41
  AltContact str 41
  AdditionalContactRef* = since 12.0
  ContactsRet* = since 12.0
  NameOnCheck str 41
  AccountNumber str 99
  Notes str 4095
  AdditionalNotesRet* = since 12.0
  VendorTypeRef ref 159
  TermsRef ref 31
  CreditLimit amount
  VendorTaxIdent str 15
  IsVendorEligibleFor1099 bool
  Balance amount
  BillingRateRef ref 31 since 6.0
  ExternalGUID guid since 8.0
  PrefillAccountRef* ref 159 since 8.0
  CurrencyRef ref 64 since 8.0
  DataExtRet* = since 2.0
"""

MESSAGES = """\
EntityQueryRq = ListQuery @requestID metaData iterator iteratorID

EntityQueryRs @answer retCount iteratorRemainingCount iteratorID
  any*
    CustomerRet! =
  or
    EmployeeRet! =
  or
    OtherNameRet! =
  or
    VendorRet! =

VendorQueryRq = CustomerQuery @requestID metaData iterator iteratorID

VendorQueryRs @answer retCount iteratorRemainingCount iteratorID
  VendorRet* =

EmployeeQueryRq = OwnedListQuery @requestID metaData

EmployeeQueryRs @answer retCount
  EmployeeRet* =

OtherNameQueryRq = OwnedListQuery @requestID metaData

OtherNameQueryRs @answer retCount
  OtherNameRet* =
"""
