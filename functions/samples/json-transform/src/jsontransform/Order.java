// An order as it comes in: read by Jackson into a bean, so that reflection over the function's own classes is shown.
// Fails, with Jackson's message, on a field of the wrong type.
package jsontransform;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.util.List;

@JsonIgnoreProperties(ignoreUnknown = true)
final class Order {
    @JsonProperty("order_id")
    String id;

    @JsonProperty
    Customer customer;

    @JsonProperty
    List<Line> lines;

    @JsonIgnoreProperties(ignoreUnknown = true)
    static final class Customer {
        @JsonProperty("first_name")
        String firstName;

        @JsonProperty("last_name")
        String lastName;
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    static final class Line {
        @JsonProperty
        String sku;

        @JsonProperty
        int quantity;

        @JsonProperty("unit_price")
        BigDecimal unitPrice;
    }
}
