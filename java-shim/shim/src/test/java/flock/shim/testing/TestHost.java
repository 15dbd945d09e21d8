package flock.shim.testing;

import flock.boot.Policy;
import flock.boot.Port;
import flock.boot.Rights;
import flock.boot.Stop;
import flock.shim.call.Funclet;
import flock.shim.call.Spare;
import flock.shim.image.Image;
import java.io.FileDescriptor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Plays the host to one funclet: real lanes, real buffers, no natives. Lanes are told apart by their number. It keeps
 * the rules of the boundary, so a lane that writes past its buffer or answers when it must not fails the test.
 */
public final class TestHost implements Port, AutoCloseable {
    public static final String ACTIVATION_ID = "0123456789abcdef0123456789abcdef";
    public static final String TRANSACTION_ID = "tid-\u00e9";
    public static final long DEADLINE_EPOCH_MILLIS = 1_800_000_000_123L;
    private static final int DEFAULT_BUFFER_BYTES = 64 * 1024;
    private static final int PATIENCE_SECONDS = 60;
    private static final long FUNCLET = 42;

    /** What a lane handed over. */
    public static final class Answer {
        public final int status;
        public final String text;
        public final int totalBytes;
        public final int initMicros;

        Answer(int status, String text, int totalBytes, int initMicros) {
            this.status = status;
            this.text = text;
            this.totalBytes = totalBytes;
            this.initMicros = initMicros;
        }

        @Override
        public String toString() {
            return status + " " + text;
        }
    }

    private static final class LaneSide {
        final LinkedBlockingQueue<byte[]> requests = new LinkedBlockingQueue<>();
        final LinkedBlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
        ByteBuffer buffer = ByteBuffer.allocateDirect(DEFAULT_BUFFER_BYTES);
        byte[] waiting;
        boolean answered;
        Thread thread;
    }

    private static final byte[] END = {};

    private final Map<Long, LaneSide> lanes = new ConcurrentHashMap<>();
    private final ThreadLocal<LaneSide> mine = new ThreadLocal<>();
    private final List<String> log = new CopyOnWriteArrayList<>();
    private Funclet funclet;
    private volatile Spare spare;
    private final CountDownLatch waiting = new CountDownLatch(1);
    private final CountDownLatch made = new CountDownLatch(1);
    private int resultLimitBytes = 1024 * 1024;
    public volatile int largestBuffer;
    /** Limits that the test sets; each counts down to its refusal. */
    public volatile int threadsLimit = Integer.MAX_VALUE;
    public volatile int socketsLimit = Integer.MAX_VALUE;
    public volatile int filesLimit = Integer.MAX_VALUE;
    public volatile long arrayBytesLimit = Long.MAX_VALUE;
    /** Stops the thread that wants to start another one, as the real host may at any place. */
    public volatile boolean stopsThreads;
    public final List<Thread> threads = new CopyOnWriteArrayList<>();
    public final List<FileDescriptor> sockets = new CopyOnWriteArrayList<>();
    public final List<String> files = new CopyOnWriteArrayList<>();
    public final List<String> arrays = new CopyOnWriteArrayList<>();
    public final List<Long> held = new CopyOnWriteArrayList<>();

    public TestHost(Image image, String main, String... env) {
        this(new Rights(null, Policy.OPEN), image, main, env);
    }

    /** With a folder of its own, and what is allowed besides. */
    public TestHost(Rights rights, Image image, String main, String... env) {
        funclet = new Funclet(this, FUNCLET, image, main, inOne(env), rights);
    }

    /** With a first lane that is made before the funclet, and waits for it. */
    public static TestHost ahead(Image image, String main) throws InterruptedException {
        TestHost host = new TestHost();
        Spare.start(host, FUNCLET, 1);
        host.waiting.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        host.funclet = new Funclet(host, FUNCLET, image, main, "", new Rights(null, Policy.OPEN), host.spare);
        host.made.countDown();
        return host;
    }

    private TestHost() {}

    /** As the host gives an environment. */
    private static String inOne(String... words) {
        StringBuilder all = new StringBuilder();
        for (String word : words) {
            all.append(word.length()).append(':').append(word);
        }
        return all.toString();
    }

    @Override
    public Object funcletFor(long number, long lane, Object spare) {
        this.spare = (Spare) spare;
        LaneSide side = new LaneSide();
        side.thread = Thread.currentThread();
        lanes.put(lane, side);
        waiting.countDown();
        try {
            return made.await(PATIENCE_SECONDS, TimeUnit.SECONDS) ? funclet : null;
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    public TestHost limit(int resultLimitBytes) {
        this.resultLimitBytes = resultLimitBytes;
        return this;
    }

    /** Calls on lane 1, which is started when it is not there yet. */
    public Answer call(String payload) {
        return call(1, payload);
    }

    public Answer call(long lane, String payload) {
        send(lane, payload);
        return answer(lane);
    }

    public void send(long lane, String payload) {
        LaneSide side = lanes.computeIfAbsent(lane, number -> new LaneSide());
        if (side.thread == null) {
            side.thread = funclet.startLane(lane);
        }
        byte[] transaction = TRANSACTION_ID.getBytes(StandardCharsets.UTF_8);
        byte[] body = payload.getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(48 + transaction.length + body.length);
        frame.put(ACTIVATION_ID.getBytes(StandardCharsets.US_ASCII)).putLong(DEADLINE_EPOCH_MILLIS);
        frame.putInt(resultLimitBytes).putShort((short) transaction.length).putShort((short) 0).put(transaction).put(body);
        side.requests.add(frame.array());
    }

    public Answer answer(long lane) {
        Answer answer = answerWithin(lane, PATIENCE_SECONDS * 1000);
        if (answer == null) {
            throw new AssertionError("no answer; the log: " + log + "; the lane: "
                    + List.of(lanes.get(lane).thread.getStackTrace()));
        }
        return answer;
    }

    public Answer answerWithin(long lane, long millis) {
        try {
            return lanes.get(lane).answers.poll(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    public Thread thread(long lane) {
        return lanes.get(lane).thread;
    }

    /** The lines of all calls, each with "1:" or "2:" before it. */
    public List<String> log() {
        return log;
    }

    public Funclet funclet() {
        return funclet;
    }

    /** Ends the lanes and unloads the funclet. */
    @Override
    public void close() {
        for (LaneSide side : lanes.values()) {
            side.requests.add(END);
            try {
                side.thread.join(PATIENCE_SECONDS * 1000L);
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
            if (side.thread.isAlive()) {
                throw new AssertionError("a lane does not end: " + List.of(side.thread.getStackTrace()));
            }
        }
        funclet.close(false);
    }

    @Override
    public ByteBuffer open(long lane) {
        LaneSide side = lanes.get(lane);
        mine.set(side);
        return side.buffer;
    }

    @Override
    public ByteBuffer resize(int minBytes) {
        LaneSide side = mine.get();
        side.buffer = ByteBuffer.allocateDirect(Math.max(minBytes, DEFAULT_BUFFER_BYTES));
        largestBuffer = Math.max(largestBuffer, side.buffer.capacity());
        if (side.waiting != null) {
            side.buffer.put(0, side.waiting);
            side.waiting = null;
        }
        return side.buffer;
    }

    @Override
    public int exchange(int status, int length, int totalBytes, int initMicros) {
        LaneSide side = mine.get();
        if (side.answered) {
            byte[] text = new byte[length];
            side.buffer.get(0, text);
            side.answers.add(new Answer(status, new String(text, StandardCharsets.UTF_8), totalBytes, initMicros));
        } else if (status != -1) {
            throw new AssertionError("an answer without a request: " + status);
        }
        side.answered = true;
        byte[] request = take(side);
        if (request == END) {
            return -1;
        }
        if (request.length > side.buffer.capacity()) {
            side.waiting = request;
        } else {
            side.buffer.put(0, request);
        }
        return request.length;
    }

    private static byte[] take(LaneSide side) {
        for (;;) {
            try {
                return side.requests.take();
            } catch (InterruptedException interrupted) {
                throw new AssertionError("an interrupt came through to the host", interrupted);
            }
        }
    }

    @Override
    public void phase(boolean initialising, boolean own) {}

    @Override
    public void line(long funclet, int stream, byte[] bytes, int offset, int length) {
        if (funclet != FUNCLET) {
            throw new AssertionError("a line for funclet " + funclet);
        }
        log.add(stream + ":" + new String(bytes, offset, length, StandardCharsets.UTF_8));
    }

    @Override
    public int startThread(long funclet, Thread thread) {
        if (stopsThreads) {
            throw new Stop();
        }
        if (thread.getState() != Thread.State.NEW) {
            return -1;
        }
        if (threads.size() >= threadsLimit) {
            return threadsLimit;
        }
        threads.add(thread);
        return -1;
    }

    @Override
    public boolean allows(long funclet, long bytes) {
        arrays.add(String.valueOf(bytes));
        return bytes <= arrayBytesLimit;
    }

    @Override
    public void defines(long funclet, int more) {}

    @Override
    public void keep(long funclet, Object holder, long bytes) {
        held.add(bytes);
    }

    @Override
    public int openSocket(long funclet, int others) {
        return sockets.size() + others >= socketsLimit ? socketsLimit : -1;
    }

    @Override
    public void opened(long funclet, FileDescriptor socket) {
        sockets.add(socket);
    }

    @Override
    public void opened(long funclet, int[] descriptors) {}

    @Override
    public int openedFile(long funclet, FileDescriptor file, int others) {
        return -1;
    }

    @Override
    public void closeFolder(long handle, int descriptor) {}

    @Override
    public int openFile(long funclet, String path) {
        if (files.size() >= filesLimit) {
            return filesLimit;
        }
        files.add(path);
        return -1;
    }
}
