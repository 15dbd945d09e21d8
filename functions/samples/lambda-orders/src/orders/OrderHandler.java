package orders;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/** A handler with beans: adds up an order. */
public final class OrderHandler implements RequestHandler<OrderHandler.Order, OrderHandler.Receipt> {
    @Override
    public Receipt handleRequest(Order order, Context context) {
        if (order.getItems() == null) {
            throw new IllegalArgumentException("the order has no items");
        }
        BigDecimal total = BigDecimal.ZERO;
        for (Item item : order.getItems()) {
            total = total.add(item.getPrice().multiply(BigDecimal.valueOf(item.getCount())));
        }
        context.getLogger().log("order of " + order.getCustomer() + " in " + context.getFunctionName());
        return new Receipt(order.getCustomer(), total, order.getPlacedAt());
    }

    /** What comes in. */
    public static final class Order {
        private String customer;
        private Instant placedAt;
        private List<Item> items;

        public String getCustomer() {
            return customer;
        }

        public void setCustomer(String customer) {
            this.customer = customer;
        }

        public Instant getPlacedAt() {
            return placedAt;
        }

        public void setPlacedAt(Instant placedAt) {
            this.placedAt = placedAt;
        }

        public List<Item> getItems() {
            return items;
        }

        public void setItems(List<Item> items) {
            this.items = items;
        }
    }

    /** One line of an order. */
    public static final class Item {
        private BigDecimal price;
        private int count = 1;

        public BigDecimal getPrice() {
            return price;
        }

        public void setPrice(BigDecimal price) {
            this.price = price;
        }

        public int getCount() {
            return count;
        }

        public void setCount(int count) {
            this.count = count;
        }
    }

    /** What goes out. */
    public static final class Receipt {
        private final String customer;
        private final BigDecimal total;
        private final Instant placedAt;

        Receipt(String customer, BigDecimal total, Instant placedAt) {
            this.customer = customer;
            this.total = total;
            this.placedAt = placedAt;
        }

        public String getCustomer() {
            return customer;
        }

        public BigDecimal getTotal() {
            return total;
        }

        public Instant getPlacedAt() {
            return placedAt;
        }
    }
}
