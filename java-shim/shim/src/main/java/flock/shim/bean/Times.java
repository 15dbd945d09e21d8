package flock.shim.bean;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.Map;
import java.util.function.Function;

/**
 * Dates and times, written as Lambda's serialiser writes them: points in time and durations as seconds with nanoseconds, local
 * ones as arrays of their parts, {@code Date} and {@code Calendar} as milliseconds. Read from these and from ISO 8601 texts.
 */
final class Times {
    private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000L);
    private static final Map<Class<?>, Function<String, Object>> PARSERS = Map.ofEntries(
            Map.entry(Instant.class, text -> OffsetDateTime.parse(zoned(text)).toInstant()),
            Map.entry(OffsetDateTime.class, text -> OffsetDateTime.parse(zoned(text))),
            Map.entry(ZonedDateTime.class, text -> ZonedDateTime.parse(zoned(text)).withZoneSameInstant(ZoneOffset.UTC)),
            Map.entry(LocalDate.class, LocalDate::parse), Map.entry(LocalTime.class, LocalTime::parse),
            Map.entry(LocalDateTime.class, LocalDateTime::parse), Map.entry(OffsetTime.class, OffsetTime::parse),
            Map.entry(Duration.class, Duration::parse), Map.entry(Period.class, Period::parse),
            Map.entry(Year.class, Year::parse), Map.entry(YearMonth.class, YearMonth::parse),
            Map.entry(MonthDay.class, MonthDay::parse), Map.entry(ZoneOffset.class, ZoneOffset::of),
            Map.entry(ZoneId.class, ZoneId::of),
            Map.entry(Date.class, text -> Date.from(OffsetDateTime.parse(zoned(text)).toInstant())),
            Map.entry(Calendar.class, text -> GregorianCalendar.from(ZonedDateTime.parse(zoned(text)))),
            Map.entry(GregorianCalendar.class, text -> GregorianCalendar.from(ZonedDateTime.parse(zoned(text)))));

    private Times() {}

    static boolean has(Class<?> type) {
        return PARSERS.containsKey(type);
    }

    /** A day alone, or a time without a zone, is one of UTC; a zone may lack its colon. */
    private static String zoned(String text) {
        String full = text.length() == 10 ? text + "T00:00:00Z" : text;
        int zone = Math.max(full.lastIndexOf('+'), full.lastIndexOf('-'));
        boolean hasZone = zone > full.indexOf('T') && full.indexOf('T') > 0;
        if (hasZone && full.length() - zone == 5) {
            return full.substring(0, zone + 3) + ":" + full.substring(zone + 3);
        }
        return hasZone || full.endsWith("Z") || full.endsWith("]") ? full : full + "Z";
    }

    static Object read(JsonElement value, Class<?> type) {
        try {
            if (value instanceof JsonArray) {
                return parts((JsonArray) value, type);
            }
            if (value instanceof JsonPrimitive) {
                JsonPrimitive primitive = (JsonPrimitive) value;
                String text = primitive.getAsString().trim();
                if (!primitive.isString()) {
                    return number(primitive, type);
                }
                return text.isEmpty() ? null : PARSERS.get(type).apply(text);
            }
        } catch (DateTimeException | ArithmeticException wrong) {
            throw Scalars.misfit(value, type);
        }
        throw Scalars.misfit(value, type);
    }

    private static Object number(JsonPrimitive value, Class<?> type) {
        BigDecimal number = (BigDecimal) Scalars.read(value, BigDecimal.class);
        if (type == Date.class) {
            return new Date(number.toBigInteger().longValueExact());
        }
        if (type == Calendar.class || type == GregorianCalendar.class) {
            Calendar calendar = Calendar.getInstance();
            calendar.setTimeInMillis(number.toBigInteger().longValueExact());
            return calendar;
        }
        if (type == Year.class) {
            return Year.of(number.intValueExact());
        }
        if (type == LocalDate.class) {
            return LocalDate.ofEpochDay(number.longValueExact());
        }
        long seconds = number.toBigInteger().longValueExact();
        long nanos = number.subtract(new BigDecimal(number.toBigInteger())).multiply(NANOS).longValue();
        if (type == Duration.class) {
            return Duration.ofSeconds(seconds, nanos);
        }
        Instant instant = Instant.ofEpochSecond(seconds, nanos);
        if (type == Instant.class) {
            return instant;
        }
        if (type == OffsetDateTime.class) {
            return instant.atOffset(ZoneOffset.UTC);
        }
        if (type == ZonedDateTime.class) {
            return instant.atZone(ZoneOffset.UTC);
        }
        throw Scalars.misfit(value, type);
    }

    private static Object parts(JsonArray array, Class<?> type) {
        int[] parts = new int[7];
        if (array.isEmpty() || array.size() > parts.length) {
            throw Scalars.misfit(array, type);
        }
        for (int i = 0; i < array.size(); i++) {
            parts[i] = (Integer) Scalars.read(array.get(i), Integer.class);
        }
        if (type == LocalDate.class && array.size() == 3) {
            return LocalDate.of(parts[0], parts[1], parts[2]);
        }
        if (type == LocalTime.class && array.size() <= 4) {
            return LocalTime.of(parts[0], parts[1], parts[2], parts[3]);
        }
        if (type == YearMonth.class && array.size() == 2) {
            return YearMonth.of(parts[0], parts[1]);
        }
        if (type == LocalDateTime.class && array.size() >= 5) {
            return LocalDateTime.of(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]);
        }
        throw Scalars.misfit(array, type);
    }

    /** The JSON of a value, or null when it is none of these. */
    static JsonElement write(Object value) {
        if (value.getClass() == Date.class) {
            return new JsonPrimitive(((Date) value).getTime());
        }
        if (value.getClass() == GregorianCalendar.class) {
            return new JsonPrimitive(((Calendar) value).getTimeInMillis());
        }
        if (value instanceof Duration) {
            return seconds(((Duration) value).getSeconds(), ((Duration) value).getNano());
        }
        if (value instanceof Instant) {
            return seconds(((Instant) value).getEpochSecond(), ((Instant) value).getNano());
        }
        if (value instanceof OffsetDateTime) {
            return write(((OffsetDateTime) value).toInstant());
        }
        if (value instanceof ZonedDateTime) {
            return write(((ZonedDateTime) value).toInstant());
        }
        if (value instanceof LocalDate) {
            return array((LocalDate) value, null);
        }
        if (value instanceof LocalTime) {
            return array(null, (LocalTime) value);
        }
        if (value instanceof LocalDateTime) {
            return array(((LocalDateTime) value).toLocalDate(), ((LocalDateTime) value).toLocalTime());
        }
        if (value instanceof Year) {
            return new JsonPrimitive(((Year) value).getValue());
        }
        if (value instanceof YearMonth) {
            JsonArray array = new JsonArray();
            array.add(((YearMonth) value).getYear());
            array.add(((YearMonth) value).getMonthValue());
            return array;
        }
        boolean hasText = value instanceof ZoneId || value instanceof Period || value instanceof MonthDay
                || value instanceof OffsetTime;
        return hasText ? new JsonPrimitive(value.toString()) : null;
    }

    private static JsonElement seconds(long seconds, int nanos) {
        return new JsonPrimitive(BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(nanos, 9)));
    }

    private static JsonArray array(LocalDate date, LocalTime time) {
        JsonArray array = new JsonArray();
        if (date != null) {
            array.add(date.getYear());
            array.add(date.getMonthValue());
            array.add(date.getDayOfMonth());
        }
        if (time != null) {
            array.add(time.getHour());
            array.add(time.getMinute());
            if (time.getSecond() > 0 || time.getNano() > 0) {
                array.add(time.getSecond());
            }
            if (time.getNano() > 0) {
                array.add(time.getNano());
            }
        }
        return array;
    }
}
