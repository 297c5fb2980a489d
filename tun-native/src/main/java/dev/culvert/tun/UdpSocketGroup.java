package dev.culvert.tun;

import dev.culvert.tun.ffi.SystemCalls;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Several sockets bound to one address and port ({@code SO_REUSEPORT}), among which the kernel
 * distributes what arrives by the first 32 bits of the payload (of an ESP packet its SPI, RFC 4303
 * 2.1): as an unsigned number modulo how many sockets there are. A datagram that is shorter, or
 * begins with 0 as IKE messages with the non-ESP marker do (RFC 3948 2.2), goes to the first
 * socket. What the kernel has joined (GRO) is distributed by the first datagram in it.
 *
 * <p>The first socket is bound for itself alone, so that a second endpoint on the same port fails
 * as it does with one socket.
 *
 * <pre>
 * struct sock_filter                              struct sock_fprog
 *  0               2       3       4       8       0               8              16
 * +---------------+-------+-------+-------+       +-----+---------+---------------+
 * | code          | jt    | jf    | k     |       | len |         | filter        |
 * +---------------+-------+-------+-------+       +-----+---------+---------------+
 * </pre>
 */
public final class UdpSocketGroup implements AutoCloseable {

    /** Most sockets of a group. */
    public static final int MOST_SOCKETS = 128;

    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_REUSEPORT_CBPF = 51;

    private static final int INSTRUCTION_BYTES = 8;
    private static final int OPERAND_OFFSET = 4;
    private static final int PROGRAM_BYTES = 16;
    private static final int FILTER_OFFSET = 8;

    /** {@code BPF_LD | BPF_W | BPF_ABS}: in the payload, big-endian; beyond its end returns 0. */
    private static final short LOAD_WORD = 0x20;

    /** {@code BPF_ALU | BPF_MOD | BPF_K}: unsigned. */
    private static final short MODULO = 0x94;

    /** {@code BPF_RET | BPF_A}: the place of the socket, in the order in which they were bound. */
    private static final short RETURN = 0x16;

    private final List<UdpSocket> sockets;
    private final int steeringErrno;

    private UdpSocketGroup(List<UdpSocket> sockets, int steeringErrno) {
        this.sockets = List.copyOf(sockets);
        this.steeringErrno = steeringErrno;
    }

    /**
     * Opens and binds the sockets. One socket is opened as {@link UdpSocket#open} does.
     *
     * @param options of each
     * @param count 1 to {@link #MOST_SOCKETS}
     * @throws SystemCallException as for one socket; then none is open
     */
    public static UdpSocketGroup open(UdpOptions options, int count) throws SystemCallException {
        if (count < 1 || count > MOST_SOCKETS) {
            throw new IllegalArgumentException(
                    count + " sockets: expected 1 to " + MOST_SOCKETS + " of them");
        }
        List<UdpSocket> sockets = new ArrayList<>();
        boolean opened = false;
        try {
            UdpSocket first = UdpSocket.open(options);
            sockets.add(first);
            if (count > 1) {
                first.shareAddress();
            }
            while (sockets.size() < count) {
                sockets.add(UdpSocket.openBeside(first, options));
            }
            UdpSocketGroup group = new UdpSocketGroup(sockets, count > 1 ? steer(sockets) : 0);
            opened = true;
            return group;
        } finally {
            if (!opened) {
                sockets.forEach(UdpSocket::close);
            }
        }
    }

    /** The sockets, in the order in which the kernel counts them. */
    public List<UdpSocket> sockets() {
        return sockets;
    }

    /**
     * Why the kernel does not distribute by the payload but by addresses and ports: an error
     * number, or 0 if it does as it should.
     */
    public int steeringErrno() {
        return steeringErrno;
    }

    @Override
    public void close() {
        sockets.forEach(UdpSocket::close);
    }

    /** Only now that all are bound: the kernel refuses further sockets after it. */
    private static int steer(List<UdpSocket> sockets) {
        short[] codes = {LOAD_WORD, MODULO, RETURN};
        int[] operands = {0, sockets.size(), 0};
        try (NativeMemory filter = new NativeMemory(codes.length * INSTRUCTION_BYTES);
                NativeMemory program = new NativeMemory(PROGRAM_BYTES)) {
            UnsafeBuffer instructions = filter.buffer();
            for (int i = 0; i < codes.length; i++) {
                instructions.putShort(i * INSTRUCTION_BYTES, codes[i]);
                instructions.putInt(i * INSTRUCTION_BYTES + OPERAND_OFFSET, operands[i]);
            }
            program.buffer().putShort(0, (short) codes.length);
            program.buffer().putLong(FILTER_OFFSET, filter.address());
            int result =
                    SystemCalls.setsockopt(
                            sockets.getFirst().fd(),
                            SOL_SOCKET,
                            SO_ATTACH_REUSEPORT_CBPF,
                            program.address(),
                            PROGRAM_BYTES);
            return Math.max(0, -result);
        }
    }
}
