"""Messages that make items, in the notation of facts_notation (US, 13.0)."""

SHAPES = """\
BarCode
  BarCodeValue str 50
  AssignEvenIfUsed bool
  AllowOverride bool
"""

MESSAGES = """\
ItemServiceAddRq @requestID
  ItemServiceAdd!
    Name! str 31
    BarCode = since 12.0
    IsActive bool
    ClassRef ref 159 since 12.0
    ParentRef ref
    UnitOfMeasureSetRef ref 31 since 7.0
    SalesTaxCodeRef ref 3
    either
      SalesOrPurchase! =
    or
      SalesAndPurchase! =
    ExternalGUID guid since 8.0
  IncludeRetElement* str 50 since 4.0

ItemServiceAddRs @answer
  ItemServiceRet =
  ErrorRecovery = since 11.0

ItemNonInventoryAddRq @requestID
  ItemNonInventoryAdd!
    Name! str 31
    BarCode = since 12.0
    IsActive bool
    ParentRef ref
    ClassRef ref 159 since 12.0
    ManufacturerPartNumber str 31 since 7.0
    UnitOfMeasureSetRef ref 31 since 7.0
    SalesTaxCodeRef ref 3
    either
      SalesOrPurchase! =
    or
      SalesAndPurchase! =
    ExternalGUID guid since 8.0
  IncludeRetElement* str 50 since 4.0

ItemNonInventoryAddRs @answer
  ItemNonInventoryRet =
  ErrorRecovery = since 11.0

ItemOtherChargeAddRq @requestID
  ItemOtherChargeAdd!
    Name! str 31
    BarCode = since 12.0
    IsActive bool
    ClassRef ref 159 since 12.0
    ParentRef ref
    SalesTaxCodeRef ref 3
    either
      SalesOrPurchase! =
    or
      SalesAndPurchase! =
    ExternalGUID guid since 8.0
  IncludeRetElement* str 50 since 4.0

ItemOtherChargeAddRs @answer
  ItemOtherChargeRet =
  ErrorRecovery = since 11.0

ItemDiscountAddRq @requestID
  ItemDiscountAdd!
    Name! str 31
    BarCode = since 12.0
    IsActive bool
    ClassRef ref 159 since 12.0
    ParentRef ref
    ItemDesc str 4095
    SalesTaxCodeRef ref 3
    either?
      DiscountRate! price
    or
      DiscountRatePercent! percent
    AccountRef ref 159
    ExternalGUID guid since 8.0
  IncludeRetElement* str 50 since 4.0

ItemDiscountAddRs @answer
  ItemDiscountRet =
  ErrorRecovery = since 11.0

ItemSubtotalAddRq @requestID
  ItemSubtotalAdd!
    Name! str 31
    BarCode = since 12.0
    IsActive bool
    ItemDesc str 4095
    ExternalGUID guid since 8.0
  IncludeRetElement* str 50 since 4.0

ItemSubtotalAddRs @answer
  ItemSubtotalRet =
  ErrorRecovery = since 11.0

ItemGroupAddRq @requestID
  ItemGroupAdd!
    Name! str 31
    BarCode = since 12.0
    IsActive bool
    ItemDesc str 4095
    UnitOfMeasureSetRef ref 31 since 7.0
    IsPrintItemsInGroup bool
    ExternalGUID guid since 8.0
    ItemGroupLine* =
  IncludeRetElement* str 50 since 4.0

ItemGroupAddRs @answer
  ItemGroupRet =
  ErrorRecovery = since 11.0
"""
