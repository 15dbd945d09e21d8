package flock.shim.convention;

import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The interfaces of {@code java.util.function}: a class that implements Function, Consumer or Supplier, named by itself.
 * One object serves all calls of an instance; it is made at the initialisation by the constructor without parameters.
 * {@link Values} says what becomes of payload and result. A class that has a main of OpenWhisk's keeps that.
 */
final class Functional implements Convention {
    @Override
    public Entry bind(Target target) throws InitFault {
        String name = target.main();
        if (name.indexOf('#') >= 0) {
            return null;
        }
        Class<?> type = MainClass.load(target, name);
        boolean isFunction = Function.class.isAssignableFrom(type);
        boolean isConsumer = Consumer.class.isAssignableFrom(type);
        if (!isFunction && !isConsumer && !Supplier.class.isAssignableFrom(type) || OpenWhisk.has(type)) {
            return null;
        }
        Object object = Instances.of(type);
        if (isFunction) {
            return function(object, new Values(Generics.argument(type, Function.class, 0)));
        }
        return isConsumer ? consumer(object, new Values(Generics.argument(type, Consumer.class, 0)))
                : supplier(object, new Values(Object.class));
    }

    @SuppressWarnings("unchecked")
    private static Entry function(Object object, Values values) {
        Function<Object, Object> function = (Function<Object, Object>) object;
        return new Entry() {
            @Override
            public void call(Exchange exchange) {
                try {
                    exchange.answer(values.result(function.apply(values.argument(exchange.payload()))));
                } catch (Values.Misfit wrong) {
                    exchange.refuse(wrong.getMessage());
                }
            }
        };
    }

    @SuppressWarnings("unchecked")
    private static Entry consumer(Object object, Values values) {
        Consumer<Object> consumer = (Consumer<Object>) object;
        return new Entry() {
            @Override
            public void call(Exchange exchange) {
                try {
                    consumer.accept(values.argument(exchange.payload()));
                    exchange.answer(values.result(null));
                } catch (Values.Misfit wrong) {
                    exchange.refuse(wrong.getMessage());
                }
            }
        };
    }

    private static Entry supplier(Object object, Values values) {
        Supplier<?> supplier = (Supplier<?>) object;
        return new Entry() {
            @Override
            public void call(Exchange exchange) {
                exchange.answer(values.result(supplier.get()));
            }
        };
    }
}
