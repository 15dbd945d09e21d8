// Turns an order into an invoice with Jackson, which is in the jar beside the host's gson.
// Fails, with a clear result, when the order does not have the shape of Order.
package jsontransform;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

public final class JsonTransform {
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS);

    private JsonTransform() {}

    public static JsonObject main(JsonObject args) throws JsonProcessingException {
        Order order;
        try {
            order = MAPPER.readValue(args.toString(), Order.class);
        } catch (JsonProcessingException wrongShape) {
            return error("not an order: " + wrongShape.getOriginalMessage());
        }
        String missing = missing(order);
        if (missing != null) return error("not an order: '" + missing + "' is missing");
        return JsonParser.parseString(MAPPER.writeValueAsString(invoice(order))).getAsJsonObject();
    }

    private static String missing(Order order) {
        if (order.id == null) return "order_id";
        if (order.customer == null || order.customer.lastName == null) return "customer.last_name";
        if (order.lines == null) return "lines";
        for (Order.Line line : order.lines) {
            if (line == null || line.sku == null || line.unitPrice == null) return "lines[].sku or lines[].unit_price";
        }
        return null;
    }

    private static Invoice invoice(Order order) {
        List<Invoice.Item> items = new ArrayList<>();
        BigDecimal total = BigDecimal.ZERO;
        for (Order.Line line : order.lines) {
            BigDecimal amount = line.unitPrice.multiply(BigDecimal.valueOf(line.quantity));
            items.add(new Invoice.Item(line.sku, amount));
            total = total.add(amount);
        }
        String first = order.customer.firstName;
        String name = first == null ? order.customer.lastName : first + " " + order.customer.lastName;
        return new Invoice(order.id, name, items, total);
    }

    private static JsonObject error(String message) {
        JsonObject result = new JsonObject();
        result.addProperty("error", message);
        return result;
    }
}
