package dev.culvert.tun;

import dev.culvert.tun.ffi.SystemCalls;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A TUN network interface and the descriptors behind it. Unless it is persistent, the interface
 * goes, with its addresses and routes, when this object is closed or the process ends.
 *
 * <pre>
 * struct ifreq
 *  0                               16              24                              40
 * +-------------------------------+-------+-------+-------------------------------+
 * | interface name, zero-ended    | flags | (rest of the union)                   |
 * +-------------------------------+-------+-------+-------------------------------+
 * </pre>
 */
public final class TunDevice implements AutoCloseable {
    private static final String CLONE_DEVICE = "/dev/net/tun";
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final long TUNSETIFF = 0x400454caL;
    private static final long TUNSETPERSIST = 0x400454cbL;
    private static final long TUNSETOFFLOAD = 0x400454d0L;
    private static final long TUNSETVNETHDRSZ = 0x400454d8L;
    private static final int IFF_TUN = 0x0001;
    private static final int IFF_MULTI_QUEUE = 0x0100;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final int VIRTIO_HEADER_LENGTH_BYTES = 10;
    private static final int IFREQ_LENGTH_BYTES = 40;
    private static final int IFREQ_NAME_LENGTH_BYTES = 16;

    private final String name;
    private final int index;
    private final List<TunQueue> queues;
    private final RtNetlink netlink;

    private TunDevice(String name, int index, List<TunQueue> queues, RtNetlink netlink) {
        this.name = name;
        this.index = index;
        this.queues = List.copyOf(queues);
        this.netlink = netlink;
    }

    /**
     * Creates the interface, or attaches to a persistent one of that name. It is down at first.
     *
     * @throws SystemCallException if /dev/net/tun is missing or forbidden, CAP_NET_ADMIN is
     *     missing, the name is taken, or the kernel refuses an offload
     */
    public static TunDevice open(TunOptions options) throws SystemCallException {
        List<TunQueue> queues = new ArrayList<>();
        RtNetlink netlink = RtNetlink.open();
        boolean opened = false;
        try {
            String name = options.name();
            for (int i = 0; i < options.queueCount(); i++) {
                FileDescriptor descriptor = openCloneDevice();
                queues.add(new KernelQueue(descriptor, headerLengthBytes(options)));
                name = attach(descriptor.fd(), name, options);
            }
            Link link = netlink.linkByName(name).orElseThrow(deviceGone(name));
            if (options.mtuBytes() != 0) {
                netlink.setLinkMtuBytes(link.index(), options.mtuBytes());
            }
            TunDevice device = new TunDevice(name, link.index(), queues, netlink);
            if (options.persistent()) {
                device.setPersistent(true); // Last, so that nothing stays if a step before fails.
            }
            opened = true;
            return device;
        } finally {
            if (!opened) {
                queues.forEach(TunQueue::close);
                netlink.close();
            }
        }
    }

    /** The interface's name, with the number that the kernel chose for a pattern. */
    public String name() {
        return name;
    }

    /** The interface's index. */
    public int index() {
        return index;
    }

    /** The first queue, which is the only one by default. */
    public TunQueue queue() {
        return queues.getFirst();
    }

    /** All queues. */
    public List<TunQueue> queues() {
        return queues;
    }

    /** Takes the interface up or down. */
    public void setUp(boolean up) throws SystemCallException {
        netlink.setLinkUp(index, up);
    }

    /** Whether the interface is up. */
    public boolean isUp() throws SystemCallException {
        return link().isUp();
    }

    /** The interface's MTU, 68 to 65535. */
    public int mtuBytes() throws SystemCallException {
        return link().mtuBytes();
    }

    /** Changes the MTU, 68 to 65535 (at least 1280 for IPv6). */
    public void setMtuBytes(int mtuBytes) throws SystemCallException {
        netlink.setLinkMtuBytes(index, mtuBytes);
    }

    /**
     * Whether the interface stays when it is closed; false lets a persistent one go at the close.
     */
    public void setPersistent(boolean persistent) throws SystemCallException {
        Checks.check(
                SystemCalls.ioctl(queue().fd(), TUNSETPERSIST, persistent ? 1 : 0),
                "ioctl(TUNSETPERSIST)");
    }

    /** Closes all queues, with which the interface goes unless it is persistent. */
    @Override
    public void close() {
        queues.forEach(TunQueue::close);
        netlink.close();
    }

    private Link link() throws SystemCallException {
        return netlink.linkByIndex(index).orElseThrow(deviceGone(name));
    }

    private static Supplier<SystemCallException> deviceGone(String name) {
        return () ->
                new SystemCallException(
                        "find interface " + name,
                        Errno.ENODEV,
                        "something else deleted or renamed it");
    }

    private static int headerLengthBytes(TunOptions options) {
        return options.offloads().isEmpty() ? 0 : VIRTIO_HEADER_LENGTH_BYTES;
    }

    private static FileDescriptor openCloneDevice() throws SystemCallException {
        return new FileDescriptor(
                Checks.check(openCloneDeviceForCheck(), "open(" + CLONE_DEVICE + ")"));
    }

    /** A descriptor of the clone device, or {@code -errno}. */
    static int openCloneDeviceForCheck() {
        byte[] path = (CLONE_DEVICE + "\0").getBytes(StandardCharsets.US_ASCII);
        try (NativeMemory memory = new NativeMemory(path.length)) {
            memory.buffer().putBytes(0, path);
            return SystemCalls.open(memory.address(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
        }
    }

    /** Attaches to the interface, creating it if needed, and returns its name. */
    private static String attach(int fd, String name, TunOptions options)
            throws SystemCallException {
        int flags = IFF_TUN | IFF_NO_PI;
        flags |= options.queueCount() > 1 ? IFF_MULTI_QUEUE : 0;
        flags |= options.offloads().isEmpty() ? 0 : IFF_VNET_HDR;
        String attachedName;
        try (NativeMemory request = new NativeMemory(IFREQ_LENGTH_BYTES)) {
            request.buffer().putBytes(0, name.getBytes(StandardCharsets.UTF_8));
            request.buffer().putShort(IFREQ_NAME_LENGTH_BYTES, (short) flags);
            int result = SystemCalls.ioctl(fd, TUNSETIFF, request.address());
            if (result < 0) {
                throw new SystemCallException(
                        "ioctl(TUNSETIFF, " + name + ")", -result, adviceForAttach(name, -result));
            }
            attachedName = zeroEndedName(request.buffer());
        }
        if (!options.offloads().isEmpty()) {
            enableOffloads(fd, options);
        }
        return attachedName;
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

    private static void enableOffloads(int fd, TunOptions options) throws SystemCallException {
        try (NativeMemory size = NativeMemory.ofInt(VIRTIO_HEADER_LENGTH_BYTES)) {
            Checks.check(
                    SystemCalls.ioctl(fd, TUNSETVNETHDRSZ, size.address()),
                    "ioctl(TUNSETVNETHDRSZ, " + VIRTIO_HEADER_LENGTH_BYTES + ")");
        }
        int flags = TunOffload.CHECKSUM.flags();
        for (TunOffload offload : options.offloads()) {
            flags |= offload.flags();
        }
        Checks.check(
                SystemCalls.ioctl(fd, TUNSETOFFLOAD, flags),
                "ioctl(TUNSETOFFLOAD, " + options.offloads() + ")");
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

    private static final class KernelQueue implements TunQueue {
        private final FileDescriptor descriptor;
        private final int headerLengthBytes;

        KernelQueue(FileDescriptor descriptor, int headerLengthBytes) {
            this.descriptor = descriptor;
            this.headerLengthBytes = headerLengthBytes;
        }

        @Override
        public int fd() {
            return descriptor.fd();
        }

        @Override
        public int headerLengthBytes() {
            return headerLengthBytes;
        }

        @Override
        public int read(MutableDirectBuffer dst, int offset, int maxLengthBytes) {
            dst.boundsCheck(offset, maxLengthBytes);
            int read =
                    SystemCalls.read(descriptor.fd(), dst.addressOffset() + offset, maxLengthBytes);
            return read == -Errno.EAGAIN || read == -Errno.EINTR ? 0 : read;
        }

        @Override
        public int write(DirectBuffer src, int offset, int lengthBytes) {
            src.boundsCheck(offset, lengthBytes);
            return SystemCalls.write(descriptor.fd(), src.addressOffset() + offset, lengthBytes);
        }

        @Override
        public int write(GatherList pieces) {
            return SystemCalls.writev(descriptor.fd(), pieces.address(), pieces.size());
        }

        @Override
        public void close() {
            descriptor.close();
        }
    }
}
