package queue;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.events.S3Event;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Handlers that are named by method: `queue.QueueHandlers::messages` and others. */
public final class QueueHandlers {
    /** Says which messages could not be taken. */
    public SQSBatchResponse messages(SQSEvent event, Context context) {
        List<SQSBatchResponse.BatchItemFailure> failures = new ArrayList<>();
        for (SQSEvent.SQSMessage message : event.getRecords()) {
            if (message.getBody().isBlank()) {
                failures.add(SQSBatchResponse.BatchItemFailure.builder().withItemIdentifier(message.getMessageId()).build());
            }
        }
        context.getLogger().log(event.getRecords().size() + " messages from " + event.getRecords().get(0).getEventSourceArn());
        return SQSBatchResponse.builder().withBatchItemFailures(failures).build();
    }

    /** The newest object, and when it was put. */
    public static Map<String, Object> objects(S3Event event) {
        var record = event.getRecords().get(0);
        return Map.of("key", record.getS3().getObject().getKey(), "year", record.getEventTime().getYear());
    }

    /** What came, unchanged. */
    public void copy(InputStream in, OutputStream out) throws IOException {
        in.transferTo(out);
    }
}
