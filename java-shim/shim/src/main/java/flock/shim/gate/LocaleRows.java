package flock.shim.gate;

/** The rows of the JDK's caches by locale, and of the like, which forget nothing. */
final class LocaleRows {
    private static final String FORMATTERS = "java.time.format.DateTimeFormatterBuilder";
    private static final String PROVIDERS = "sun.util.locale.provider.";
    private static final String CLDR = "sun.util.cldr.CLDRLocaleProviderAdapter";

    private static final int LAST_WITH_STRONG_KEYS = 17;
    static final int FIRST_WITH_HELD_KEYS = 25;

    static final Row[] ALL = {
        // Its values are held softly, its keys, which have all that is long, are not.
        cache("sun.util.locale.LocaleObjectCache", "map").until(LAST_WITH_STRONG_KEYS),
        // Its keys are held softly, but by its values.
        Row.field("java.util.Locale$LocaleCache", "LOCALE_CACHE", "LocaleGate.locales").from(FIRST_WITH_HELD_KEYS),
        Row.field("java.util.ResourceBundle$Control", "CANDIDATES_CACHE", "LocaleGate.candidates").from(FIRST_WITH_HELD_KEYS),
        cache("java.util.Calendar", "cachedLocaleData"),
        cache("java.text.Collator", "cache"),
        cache("java.text.DateFormatSymbols", "cachedInstances"),
        cache("java.text.SimpleDateFormat", "cachedNumberFormatData"),
        cache(FORMATTERS + "$DayPeriod", "DAYPERIOD_CACHE"),
        cache(FORMATTERS + "$DayPeriodPrinterParser", "DAYPERIOD_LOCALESTORE"),
        cache("java.time.format.DateTimeTextProvider", "CACHE"),
        cache("java.time.format.DecimalStyle", "CACHE"),
        cache(CLDR, "parentLocalesMap"),
        cache(CLDR, "langAliasesCache"),
        cache(PROVIDERS + "JRELocaleProviderAdapter", "localeResourcesMap"),
        cache(PROVIDERS + "LocaleServiceProviderPool", "providersCache"),
        cache(PROVIDERS + "TimeZoneNameUtility", "cachedZoneData"),
        cache(PROVIDERS + "TimeZoneNameUtility", "cachedDisplayNames"),
        cache("sun.util.resources.LocaleData$LocaleDataStrategy", "CANDIDATES_MAP"),
        Row.field(PROVIDERS + "LocaleProviderAdapter", "adapterCache", "LocaleGate.caches"),
        Row.field("java.net.URLConnection", "handlers", "LocaleGate.contentHandlers"),
        // By a number, or a text, that a caller chooses.
        cache("java.nio.charset.CoderResult", "malformed"),
        cache("java.nio.charset.CoderResult", "unmappable"),
        cache("sun.security.util.ObjectIdentifier", "oidTable"),
        cache("javax.crypto.Cipher$Transform", "patternCache"),
    };

    private LocaleRows() {}

    private static Row cache(String type, String field) {
        return Row.field(type, field, "LocaleGate.cache");
    }
}
