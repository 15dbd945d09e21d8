package flock.shim.convention;

import com.google.gson.JsonElement;

/** One call as a convention sees it: the payload, and the place for the answer. The last answer given counts. */
public interface Exchange {
    /** The payload, an object or an array. Read once; a second call gives the same value. */
    JsonElement payload();

    /** Answers with a result. Null and what is neither an object nor an array is refused by itself. */
    void answer(JsonElement result);

    /** Answers that the function broke the convention, in words for its developer. */
    void refuse(String why);

    /** A variable of the call's environment, or null. */
    String env(String name);

    /** What the text of a result may have. */
    int resultLimitBytes();

    /** Writes the stack of what the function threw to its log; a line of text where there is no throwable. */
    void report(Throwable error, String line);
}
