"""Queries of the item lists, in the notation of facts_notation (US, 13.0)."""

SHAPES = """\
ItemServiceRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  FullName! str 159
  BarCodeValue str 50 since 12.0
  IsActive bool
  ClassRef ref 159 since 12.0
  ParentRef ref
  Sublevel! int
  UnitOfMeasureSetRef ref 31 since 7.0
  SalesTaxCodeRef ref 3
  either?
    SalesOrPurchase! =
  or
    SalesAndPurchase! =
  ExternalGUID guid since 8.0
  DataExtRet* = since 2.0

SalesOrPurchase
  Desc str 4095
  either?
    Price! price
  or
    PricePercent! percent
  AccountRef ref 159

SalesAndPurchase
  SalesDesc str 4095
  SalesPrice price
  IncomeAccountRef ref 159
  PurchaseDesc str 4095
  PurchaseCost price
  ExpenseAccountRef ref 159
  PrefVendorRef ref 41

ItemNonInventoryRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  FullName! str 159
  BarCodeValue str 50 since 12.0
  IsActive bool
  ClassRef ref 159 since 12.0
  ParentRef ref
  Sublevel! int
  ManufacturerPartNumber str 31 since 7.0
  UnitOfMeasureSetRef ref 31 since 7.0
  SalesTaxCodeRef ref 3
  either?
    SalesOrPurchase! =
  or
    SalesAndPurchase! =
  ExternalGUID guid since 8.0
  DataExtRet* = since 2.0

ItemOtherChargeRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  FullName! str 159
  BarCodeValue str 50 since 12.0
  IsActive bool
  ClassRef ref 159 since 12.0
  ParentRef ref
  Sublevel! int
  SalesTaxCodeRef ref 3
  either?
    SalesOrPurchase! =
  or
    SalesAndPurchase! =
  SpecialItemType enum FinanceCharge|ReimbursableExpenseGroup|ReimbursableExpenseSubtotal since 6.0
  ExternalGUID guid since 8.0
  DataExtRet* = since 2.0

ItemInventoryRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  FullName! str 159
  BarCodeValue str 50 since 12.0
  IsActive bool
  ClassRef ref 159 since 12.0
  ParentRef ref
  Sublevel! int
  ManufacturerPartNumber str 31 since 7.0
  UnitOfMeasureSetRef ref 31 since 7.0
  SalesTaxCodeRef ref 3
  SalesDesc str 4095
  SalesPrice price
  IncomeAccountRef ref 159
  PurchaseDesc str 4095
  PurchaseCost price
  COGSAccountRef ref 159
  PrefVendorRef ref 41
  AssetAccountRef ref 159
  ReorderPoint quantity
  Max quantity since 13.0
  QuantityOnHand quantity
  AverageCost price
  QuantityOnOrder quantity
  QuantityOnSalesOrder quantity since 2.0
  ExternalGUID guid since 8.0
  DataExtRet* = since 2.0

ItemSubtotalRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  BarCodeValue str 50 since 12.0
  IsActive bool
  ItemDesc str
  SpecialItemType enum FinanceCharge|ReimbursableExpenseGroup|ReimbursableExpenseSubtotal since 6.0
  ExternalGUID guid since 8.0
  DataExtRet* = since 2.0

ItemDiscountRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  FullName! str 159
  BarCodeValue str 50 since 12.0
  IsActive bool
  ClassRef ref 159 since 12.0
  ParentRef ref
  Sublevel! int
  ItemDesc str 4095
  SalesTaxCodeRef ref 3
  either?
    DiscountRate! price
  or
    DiscountRatePercent! percent
  AccountRef ref 159
  ExternalGUID guid since 8.0
  DataExtRet* = since 2.0

ItemPaymentRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  BarCodeValue str 50 since 12.0
  IsActive bool
  ClassRef ref 159 since 12.0
  ItemDesc str 4095
  DepositToAccountRef ref 159
  PaymentMethodRef ref 31
  ExternalGUID guid since 8.0
  DataExtRet* = since 2.0

ItemSalesTaxRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  BarCodeValue str 50 since 12.0
  IsActive bool
  ClassRef ref 159 since 12.0
  ItemDesc str 4095
  TaxRate percent
  TaxVendorRef ref 41
  ExternalGUID guid since 8.0
  DataExtRet* = since 2.0

ItemSalesTaxGroupRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  BarCodeValue str 50 since 12.0
  IsActive bool
  ItemDesc str 4095
  ExternalGUID guid since 8.0
  ItemSalesTaxRef* ref 31
  DataExtRet* = since 2.0

ItemGroupRet
  ListID! id
  TimeCreated! datetime
  TimeModified! datetime
  EditSequence! str 16
  Name! str 31
  BarCodeValue str 50 since 12.0
  IsActive bool
  ItemDesc str 4095
  UnitOfMeasureSetRef ref 31 since 7.0
  IsPrintItemsInGroup bool
  SpecialItemType enum FinanceCharge|ReimbursableExpenseGroup|ReimbursableExpenseSubtotal since 6.0
  ExternalGUID guid since 8.0
  ItemGroupLine* =
  DataExtRet* = since 2.0

ItemGroupLine
  ItemRef ref
  Quantity quantity
  UnitOfMeasure str 31 since 7.0

ClassifiedListQuery
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
    ClassFilter = since 12.0
  IncludeRetElement* str 50 since 4.0
  OwnerID* guid since 2.0
"""

MESSAGES = """\
ItemQueryRq = OwnedListQuery @requestID metaData iterator iteratorID

ItemQueryRs @answer retCount iteratorRemainingCount iteratorID
  any*
    ItemServiceRet! =
  or
    ItemNonInventoryRet! =
  or
    ItemOtherChargeRet! =
  or
    ItemInventoryRet! =
  or
    ItemInventoryAssemblyRet!
      ListID! id
      TimeCreated! datetime
      TimeModified! datetime
      EditSequence! str 16
      Name! str 31
      FullName! str 159
      BarCodeValue str 50 since 12.0
      IsActive bool
      ClassRef ref 159 since 12.0
      ParentRef ref
      Sublevel! int
      ManufacturerPartNumber str 31 since 12.0
      UnitOfMeasureSetRef ref 31 since 7.0
      SalesTaxCodeRef ref 3
      SalesDesc str 4095
      SalesPrice price
      IncomeAccountRef ref 159
      PurchaseDesc str 4095
      PurchaseCost price
      COGSAccountRef ref 159
      PrefVendorRef ref 41
      AssetAccountRef ref 159
      BuildPoint quantity
      Max quantity since 13.0
      QuantityOnHand quantity
      AverageCost price
      QuantityOnOrder quantity
      QuantityOnSalesOrder quantity
      ExternalGUID guid since 8.0
      ItemInventoryAssemblyLine*
        ItemInventoryRef! ref 159
        Quantity quantity
      DataExtRet* =
  or
    ItemFixedAssetRet! since 3.0
      ListID! id
      TimeCreated! datetime
      TimeModified! datetime
      EditSequence! str 16
      Name! str 31
      BarCodeValue str 50 since 12.0
      IsActive bool
      ClassRef ref 159 since 12.0
      AcquiredAs! enum New|Old
      PurchaseDesc! str 50
      PurchaseDate! date
      PurchaseCost price
      VendorOrPayeeName str 50
      AssetAccountRef ref 159
      FixedAssetSalesInfo
        SalesDesc! str 50
        SalesDate! date
        SalesPrice price
        SalesExpense price
      AssetDesc str 50
      Location str 50
      PONumber str 30
      SerialNumber str 30
      WarrantyExpDate date
      Notes str 4095
      AssetNumber str 10
      CostBasis amount
      YearEndAccumulatedDepreciation amount
      YearEndBookValue amount
      ExternalGUID guid since 8.0
      DataExtRet* =
  or
    ItemSubtotalRet! =
  or
    ItemDiscountRet! =
  or
    ItemPaymentRet! =
  or
    ItemSalesTaxRet! =
  or
    ItemSalesTaxGroupRet! =
  or
    ItemGroupRet! =

ItemDiscountQueryRq = ClassifiedListQuery @requestID metaData iterator iteratorID

ItemDiscountQueryRs @answer retCount iteratorRemainingCount iteratorID
  ItemDiscountRet* =

ItemGroupQueryRq = OwnedListQuery @requestID metaData iterator iteratorID

ItemGroupQueryRs @answer retCount iteratorRemainingCount iteratorID
  ItemGroupRet* =

ItemInventoryQueryRq = ClassifiedListQuery @requestID metaData iterator iteratorID

ItemInventoryQueryRs @answer retCount iteratorRemainingCount iteratorID
  ItemInventoryRet* =

ItemNonInventoryQueryRq = ClassifiedListQuery @requestID metaData iterator iteratorID

ItemNonInventoryQueryRs @answer retCount iteratorRemainingCount iteratorID
  ItemNonInventoryRet* =

ItemOtherChargeQueryRq = ClassifiedListQuery @requestID metaData iterator iteratorID

ItemOtherChargeQueryRs @answer retCount iteratorRemainingCount iteratorID
  ItemOtherChargeRet* =

ItemPaymentQueryRq = ClassifiedListQuery @requestID metaData iterator iteratorID

ItemPaymentQueryRs @answer retCount iteratorRemainingCount iteratorID
  ItemPaymentRet* =

ItemSalesTaxGroupQueryRq = OwnedListQuery @requestID metaData iterator iteratorID

ItemSalesTaxGroupQueryRs @answer retCount iteratorRemainingCount iteratorID
  ItemSalesTaxGroupRet* =

ItemSalesTaxQueryRq = ClassifiedListQuery @requestID metaData iterator iteratorID

ItemSalesTaxQueryRs @answer retCount iteratorRemainingCount iteratorID
  ItemSalesTaxRet* =

ItemServiceQueryRq = ClassifiedListQuery @requestID metaData iterator iteratorID

ItemServiceQueryRs @answer retCount iteratorRemainingCount iteratorID
  ItemServiceRet* =

ItemSubtotalQueryRq = OwnedListQuery @requestID metaData iterator iteratorID

ItemSubtotalQueryRs @answer retCount iteratorRemainingCount iteratorID
  ItemSubtotalRet* =
"""
