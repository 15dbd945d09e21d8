// Says that it is the usual calendar, and names another for its texts.
package hostile.remembered;

import java.time.LocalDate;
import java.time.chrono.AbstractChronology;
import java.time.chrono.ChronoLocalDate;
import java.time.chrono.Era;
import java.time.chrono.IsoEra;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.ValueRange;
import java.util.List;

final class Calendar extends AbstractChronology {
    @Override
    public String getId() {
        return "ISO";
    }

    @Override
    public String getCalendarType() {
        return "buddhist";
    }

    @Override
    public ChronoLocalDate date(int year, int month, int day) {
        return LocalDate.of(year, month, day);
    }

    @Override
    public ChronoLocalDate dateYearDay(int year, int day) {
        return LocalDate.ofYearDay(year, day);
    }

    @Override
    public ChronoLocalDate dateEpochDay(long day) {
        return LocalDate.ofEpochDay(day);
    }

    @Override
    public ChronoLocalDate date(TemporalAccessor date) {
        return LocalDate.from(date);
    }

    @Override
    public boolean isLeapYear(long year) {
        return false;
    }

    @Override
    public int prolepticYear(Era era, int year) {
        return year;
    }

    @Override
    public Era eraOf(int era) {
        return IsoEra.of(era);
    }

    @Override
    public List<Era> eras() {
        return List.of(IsoEra.values());
    }

    @Override
    public ValueRange range(ChronoField field) {
        return field.range();
    }
}
