package flock.boot;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** What one function sees of a map of the JDK: what is there for all, and above it what is this function's own and goes with it. */
abstract class Overlay extends ConcurrentHashMap<Object, Object> {
    private static final long serialVersionUID = 1;
    final transient Map<Object, Object> shared;

    Overlay(Map<Object, Object> shared) {
        super(4);
        this.shared = shared;
    }

    /** May what the function puts there be seen by all, and stay when the function goes? */
    abstract boolean isForAll(Object key, Object value);

    @Override
    public Object get(Object key) {
        Object value = shared.get(key);
        return value != null ? value : super.get(key);
    }

    @Override
    public boolean containsKey(Object key) {
        return get(key) != null;
    }

    @Override
    public Object put(Object key, Object value) {
        return isForAll(key, value) ? shared.put(key, value) : super.put(key, value);
    }

    @Override
    public Object putIfAbsent(Object key, Object value) {
        return isForAll(key, value) ? shared.putIfAbsent(key, value) : super.putIfAbsent(key, value);
    }

    @Override
    public Object computeIfAbsent(Object key, Function<? super Object, ?> maker) {
        Object value = get(key);
        if (value != null) {
            return value;
        }
        Object made = maker.apply(key);
        if (made == null) {
            return null;
        }
        Object before = putIfAbsent(key, made);
        return before == null ? made : before;
    }

    @Override
    public Object remove(Object key) {
        Object own = super.remove(key);
        return own != null ? own : shared.remove(key);
    }

    @Override
    public boolean remove(Object key, Object value) {
        return super.remove(key, value) || shared.remove(key, value);
    }

    @Override
    public boolean replace(Object key, Object before, Object value) {
        return super.replace(key, before, value) || shared.replace(key, before, value);
    }
}
