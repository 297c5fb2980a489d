package dev.culvert.tun;

import dev.culvert.tun.ffi.SystemCalls;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.agrona.DirectBuffer;

/**
 * A descriptor attached to a TUN interface, with the offloads that the kernel accepted.
 *
 * <pre>
 * struct ifreq
 *  0                               16              24                              40
 * +-------------------------------+-------+-------+-------------------------------+
 * | interface name, zero-ended    | flags | (rest of the union)                   |
 * +-------------------------------+-------+-------+-------------------------------+
 * </pre>
 *
 * @param name the interface's name, with the number that the kernel chose for a pattern
 * @param queue reads and writes
 * @param offloads in use
 */
record TunAttachment(String name, TunQueue queue, Set<TunOffload> offloads) {
    private static final String CLONE_DEVICE = "/dev/net/tun";
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final long TUNSETIFF = 0x400454caL;
    private static final long TUNGETFEATURES = 0x800454cfL;
    private static final long TUNSETOFFLOAD = 0x400454d0L;
    private static final long TUNSETVNETHDRSZ = 0x400454d8L;
    private static final int IFF_TUN = 0x0001;
    private static final int IFF_MULTI_QUEUE = 0x0100;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final int IFREQ_LENGTH_BYTES = 40;
    private static final int IFREQ_NAME_LENGTH_BYTES = 16;

    /** What is tried in turn: the newer an offload, the sooner it is given up. */
    private static final List<Set<TunOffload>> GIVEN_UP_IN_TURN =
            List.of(
                    Set.of(),
                    Set.of(TunOffload.USO),
                    Set.of(TunOffload.USO, TunOffload.TSO4, TunOffload.TSO6),
                    Set.of(TunOffload.USO, TunOffload.TSO4, TunOffload.TSO6, TunOffload.CHECKSUM));

    TunAttachment {
        offloads = Set.copyOf(offloads);
    }

    /** Attaches to the interface, creating it if needed. */
    static TunAttachment open(TunOptions options) throws SystemCallException {
        FileDescriptor descriptor =
                new FileDescriptor(Checks.check(openCloneDevice(), "open(" + CLONE_DEVICE + ")"));
        boolean opened = false;
        try {
            boolean header = !options.offloads().isEmpty() && hasHeader(descriptor.fd());
            String name = attach(descriptor.fd(), options, header);
            Set<TunOffload> offloads = Set.of();
            if (header) {
                setHeaderLength(descriptor.fd());
                offloads = enable(descriptor.fd(), options.offloads());
            }
            TunAttachment attachment =
                    new TunAttachment(
                            name,
                            new KernelTunQueue(
                                    descriptor, header ? VirtioNetHeader.LENGTH_BYTES : 0),
                            offloads);
            opened = true;
            return attachment;
        } finally {
            if (!opened) {
                descriptor.close();
            }
        }
    }

    /** A descriptor of the clone device, or {@code -errno}. */
    static int openCloneDevice() {
        byte[] path = (CLONE_DEVICE + "\0").getBytes(StandardCharsets.US_ASCII);
        try (NativeMemory memory = new NativeMemory(path.length)) {
            memory.buffer().putBytes(0, path);
            return SystemCalls.open(memory.address(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
        }
    }

    private static boolean hasHeader(int fd) {
        try (NativeMemory features = NativeMemory.ofInt(0)) {
            return SystemCalls.ioctl(fd, TUNGETFEATURES, features.address()) >= 0
                    && (features.buffer().getInt(0) & IFF_VNET_HDR) != 0;
        }
    }

    private static String attach(int fd, TunOptions options, boolean header)
            throws SystemCallException {
        int flags = IFF_TUN | IFF_NO_PI;
        flags |= options.queueCount() > 1 ? IFF_MULTI_QUEUE : 0;
        flags |= header ? IFF_VNET_HDR : 0;
        try (NativeMemory request = new NativeMemory(IFREQ_LENGTH_BYTES)) {
            request.buffer().putBytes(0, options.name().getBytes(StandardCharsets.UTF_8));
            request.buffer().putShort(IFREQ_NAME_LENGTH_BYTES, (short) flags);
            int result = SystemCalls.ioctl(fd, TUNSETIFF, request.address());
            if (result < 0) {
                throw new SystemCallException(
                        "ioctl(TUNSETIFF, " + options.name() + ")",
                        -result,
                        adviceForAttach(options.name(), -result));
            }
            return zeroEndedName(request.buffer());
        }
    }

    private static String adviceForAttach(String name, int errno) {
        return switch (errno) {
            case Errno.EBUSY ->
                    "interface "
                            + name
                            + " is in use by another process: stop it or choose another name";
            case Errno.EINVAL ->
                    "interface "
                            + name
                            + " exists and is not a TUN device of this kind: choose another name";
            default -> Advice.forCall("ioctl(TUNSETIFF)", errno);
        };
    }

    /** 10 bytes are the kernel's default; only an interface that persists may have had others. */
    private static void setHeaderLength(int fd) throws SystemCallException {
        try (NativeMemory size = NativeMemory.ofInt(VirtioNetHeader.LENGTH_BYTES)) {
            Checks.check(
                    SystemCalls.ioctl(fd, TUNSETVNETHDRSZ, size.address()),
                    "ioctl(TUNSETVNETHDRSZ)");
        }
    }

    private static Set<TunOffload> enable(int fd, Set<TunOffload> wanted) {
        for (Set<TunOffload> givenUp : GIVEN_UP_IN_TURN) {
            EnumSet<TunOffload> tried = EnumSet.of(TunOffload.SUPER_WRITES);
            tried.addAll(wanted);
            tried.removeAll(givenUp);
            if (tried.stream().anyMatch(offload -> offload.flags() != 0)) {
                tried.add(TunOffload.CHECKSUM);
            }
            if (SystemCalls.ioctl(fd, TUNSETOFFLOAD, flags(tried)) >= 0) {
                return tried;
            }
        }
        return EnumSet.of(TunOffload.SUPER_WRITES);
    }

    private static int flags(Set<TunOffload> offloads) {
        int flags = 0;
        for (TunOffload offload : offloads) {
            flags |= offload.flags();
        }
        return flags;
    }

    private static String zeroEndedName(DirectBuffer request) {
        int length = 0;
        while (length < IFREQ_NAME_LENGTH_BYTES && request.getByte(length) != 0) {
            length++;
        }
        byte[] bytes = new byte[length];
        request.getBytes(0, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
