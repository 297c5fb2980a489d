package dev.culvert.tun;

import static dev.culvert.tun.NetlinkDescriptor.*;

import dev.culvert.tun.ffi.SystemCalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A routing netlink socket: sends one request at a time and reads what the kernel answers. */
final class NetlinkSocket implements AutoCloseable {
    private static final int SOCK_RAW = 3;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int NETLINK_ROUTE = 0;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int REQUEST_CAPACITY_BYTES = 4096;

    /** The kernel makes dump messages of up to 32 KiB if the reader has that much room. */
    private static final int RESPONSE_CAPACITY_BYTES = 65536;

    private static final int MAX_DUMP_ATTEMPTS = 10;

    private final FileDescriptor descriptor;
    private final UnsafeBuffer request = allocate(REQUEST_CAPACITY_BYTES);
    private final UnsafeBuffer response = allocate(RESPONSE_CAPACITY_BYTES);
    private final NetlinkWriter writer = new NetlinkWriter(request);
    private int sequence;
    private int responseLengthBytes;
    private String kernelText = "";

    private NetlinkSocket(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** Turns the body of a message into a value; empty if it is not one of those asked for. */
    interface Decoder<T> {
        Optional<T> decode(DirectBuffer buffer, int offset, int end);
    }

    /** Gets each message of a datagram. */
    interface MessageHandler {
        void onMessage(int type, int flags, int offset, int end);
    }

    static NetlinkSocket open(int groups, boolean blocking) throws SystemCallException {
        int type = SOCK_RAW | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK);
        int fd =
                Checks.check(
                        SystemCalls.socket(AF_NETLINK, type, NETLINK_ROUTE),
                        "socket(AF_NETLINK, NETLINK_ROUTE)");
        FileDescriptor descriptor = new FileDescriptor(fd);
        boolean opened = false;
        try (NativeMemory address = new NativeMemory(SOCKADDR_NL_LENGTH_BYTES);
                NativeMemory one = NativeMemory.ofInt(1)) {
            // Both only make errors easier to read; old kernels live without.
            int ignored =
                    SystemCalls.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, one.address(), 4)
                            | SystemCalls.setsockopt(
                                    fd, SOL_NETLINK, NETLINK_CAP_ACK, one.address(), 4);
            address.buffer().putShort(0, (short) AF_NETLINK);
            address.buffer().putInt(SOCKADDR_NL_GROUPS_OFFSET, groups);
            Checks.check(
                    SystemCalls.bind(fd, address.address(), SOCKADDR_NL_LENGTH_BYTES),
                    "bind(AF_NETLINK)");
            NetlinkSocket socket = new NetlinkSocket(descriptor);
            opened = true;
            return socket;
        } finally {
            if (!opened) {
                descriptor.close();
            }
        }
    }

    int fd() {
        return descriptor.fd();
    }

    /** Where to put the next request. */
    NetlinkWriter writer() {
        return writer;
    }

    /** The last datagram read. */
    DirectBuffer response() {
        return response;
    }

    /** Sends the request in {@link #writer()} and waits until the kernel has done it. */
    void execute(String call) throws SystemCallException {
        int errno = transact((type, flags, offset, end) -> {});
        if (errno != 0) {
            throw failed(call, errno);
        }
    }

    /**
     * Sends the request in {@link #writer()}, which asks for one thing.
     *
     * @param absent error numbers that say that there is no such thing
     */
    <T> Optional<T> query(String call, int replyType, Decoder<T> decoder, int... absent)
            throws SystemCallException {
        List<T> results = new ArrayList<>(1);
        int errno =
                transact((type, flags, offset, end) -> {
                    if (type == replyType) {
                        decoder.decode(response, offset, end).ifPresent(results::add);
                    }
                });
        for (int absentErrno : absent) {
            if (errno == absentErrno) {
                return Optional.empty();
            }
        }
        if (errno != 0) {
            throw failed(call, errno);
        }
        return results.stream().findFirst();
    }

    /** Sends the request in {@link #writer()}, which asks for a list. */
    <T> List<T> dump(String call, int replyType, Decoder<T> decoder) throws SystemCallException {
        for (int attempt = 0; attempt < MAX_DUMP_ATTEMPTS; attempt++) {
            List<T> results = new ArrayList<>();
            boolean[] interrupted = new boolean[1];
            int errno =
                    transact((type, flags, offset, end) -> {
                        interrupted[0] |= (flags & NLM_F_DUMP_INTR) != 0;
                        if (type == replyType) {
                            decoder.decode(response, offset, end).ifPresent(results::add);
                        }
                    });
            if (errno != 0) {
                throw failed(call, errno);
            }
            if (!interrupted[0]) {
                return results;
            }
        }
        throw new SystemCallException(
                call, Errno.EBUSY, "it changed each time while it was read: try again");
    }

    /** Reads one datagram into {@link #response()}: its length, 0 if none waits, or -errno. */
    int receive() {
        int received = -Errno.EINTR;
        while (received == -Errno.EINTR) {
            received =
                    SystemCalls.recv(
                            descriptor.fd(), response.addressOffset(), RESPONSE_CAPACITY_BYTES, 0);
        }
        responseLengthBytes = Math.max(0, received);
        return received == -Errno.EAGAIN ? 0 : received;
    }

    /** Hands over each message of the last datagram. */
    void forEachMessage(MessageHandler handler) {
        int offset = 0;
        while (offset + HEADER_LENGTH_BYTES <= responseLengthBytes) {
            int lengthBytes = response.getInt(offset);
            if (lengthBytes < HEADER_LENGTH_BYTES || lengthBytes > responseLengthBytes - offset) {
                return;
            }
            handler.onMessage(
                    response.getShort(offset + HEADER_TYPE_OFFSET) & 0xffff,
                    response.getShort(offset + HEADER_FLAGS_OFFSET) & 0xffff,
                    offset + HEADER_LENGTH_BYTES,
                    offset + lengthBytes);
            offset += align(lengthBytes);
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }

    SystemCallException failed(String call, int errno) {
        String advice = Advice.forCall(call, errno);
        String separator = advice.isEmpty() ? "" : "; ";
        return new SystemCallException(
                call,
                errno,
                kernelText.isEmpty()
                        ? advice
                        : "the kernel says: " + kernelText + separator + advice);
    }

    /** Sends the request and reads until it is answered: 0, or a positive error number. */
    private int transact(MessageHandler handler) {
        int lengthBytes = writer.finish(++sequence);
        kernelText = "";
        int sent = -Errno.EINTR;
        while (sent == -Errno.EINTR) {
            sent = SystemCalls.send(descriptor.fd(), request.addressOffset(), lengthBytes, 0);
        }
        if (sent < 0) {
            return -sent;
        }
        Answer answer = new Answer(handler, isAnsweredByOneMessage());
        while (!answer.complete) {
            int received = receive();
            if (received < 0) {
                return -received;
            }
            forEachMessage(answer);
        }
        return answer.errno;
    }

    /** Neither a list, which ends with NLMSG_DONE, nor a change, which ends with an ack. */
    private boolean isAnsweredByOneMessage() {
        int flags = request.getShort(HEADER_FLAGS_OFFSET);
        return (flags & (NLM_F_ACK | NLM_F_DUMP)) == 0;
    }

    /** Follows the answer to the request at hand, and passes over what is left of older ones. */
    private final class Answer implements MessageHandler {
        private final MessageHandler handler;
        private final boolean oneMessage;
        private boolean complete;
        private int errno;

        Answer(MessageHandler handler, boolean oneMessage) {
            this.handler = handler;
            this.oneMessage = oneMessage;
        }

        @Override
        public void onMessage(int type, int flags, int offset, int end) {
            int header = offset - HEADER_LENGTH_BYTES;
            if (complete || response.getInt(header + HEADER_SEQUENCE_OFFSET) != sequence) {
                return;
            }
            if (type == NLMSG_ERROR || type == NLMSG_DONE) {
                complete = true;
                errno = end - offset >= ERROR_LENGTH_BYTES ? -response.getInt(offset) : 0;
                kernelText =
                        type == NLMSG_ERROR ? NetlinkErrors.text(response, flags, offset, end) : "";
            } else {
                handler.onMessage(type, flags, offset, end);
                complete = oneMessage;
            }
        }
    }

    private static UnsafeBuffer allocate(int lengthBytes) {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(lengthBytes, 64));
    }
}
