// An invoice as it goes out: a record, written by Jackson.
// Fails never.
package jsontransform;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.math.BigDecimal;
import java.util.List;

@JsonPropertyOrder({"invoiceFor", "customerName", "items", "total"})
record Invoice(String invoiceFor, String customerName, List<Item> items, BigDecimal total) {

    @JsonPropertyOrder({"sku", "amount"})
    record Item(String sku, BigDecimal amount) {}
}
