package flock.shim.call;

/** The status codes of an answer, as the host knows them. */
final class Status {
    static final int NONE = -1;
    static final int OBJECT = 0;
    static final int APPLICATION_ERROR = 1;
    static final int ARRAY = 2;
    static final int DEVELOPER_ERROR = 3;
    static final int INIT_ERROR = 4;
    static final int EXIT = 5;

    private Status() {}
}
