package dev.culvert.tun;

import dev.culvert.tun.ffi.SystemCalls;
import java.net.InetSocketAddress;

/** A kernel UDP socket that reports the local address and TOS byte of every datagram. */
public final class UdpSocket implements UdpPort {
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_REUSEPORT = 15;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SO_MARK = 36;
    private static final int IP_PKTINFO = 8;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IP_RECVTOS = 13;
    private static final int IPV6_MTU_DISCOVER = 23;
    private static final int IPV6_V6ONLY = 26;
    private static final int IPV6_RECVPKTINFO = 49;
    private static final int IPV6_RECVTCLASS = 66;

    /** Before it, checksums of what the kernel had joined and cut again could be wrong. */
    private static final KernelVersion FIRST_WITH_SOUND_GRO = new KernelVersion(5, 12, 0);

    /** From the first to before the second, headers of cut messages are wrong. */
    private static final KernelVersion FIRST_WITH_FAULTY_GSO = new KernelVersion(7, 0, 0);

    private static final KernelVersion FIRST_WITH_REPAIRED_GSO = new KernelVersion(7, 1, 5);

    private final FileDescriptor descriptor;
    private final AddressFamily family;
    private final InetSocketAddress localAddress;

    private UdpSocket(
            FileDescriptor descriptor, AddressFamily family, InetSocketAddress localAddress) {
        this.descriptor = descriptor;
        this.family = family;
        this.localAddress = localAddress;
    }

    /**
     * Opens and binds a socket.
     *
     * @throws SystemCallException if the port is taken, the address is not ours, or a mark was
     *     asked for without CAP_NET_ADMIN or CAP_NET_RAW
     */
    public static UdpSocket open(UdpOptions options) throws SystemCallException {
        return open(options, options.bindAddress(), false);
    }

    /**
     * Opens another socket and binds it to the address and port of one that {@linkplain
     * #shareAddress shares} them.
     */
    static UdpSocket openBeside(UdpSocket first, UdpOptions options) throws SystemCallException {
        return open(options, first.localAddress(), true);
    }

    private static UdpSocket open(UdpOptions options, InetSocketAddress address, boolean shared)
            throws SystemCallException {
        AddressFamily family = options.family();
        int fd =
                Checks.check(
                        SystemCalls.socket(
                                family.number(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                        "socket(" + family + ", UDP)");
        FileDescriptor descriptor = new FileDescriptor(fd);
        boolean opened = false;
        try {
            configure(fd, options);
            if (shared) {
                setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
            }
            bind(fd, address);
            UdpSocket socket = new UdpSocket(descriptor, family, boundAddress(fd));
            opened = true;
            return socket;
        } finally {
            if (!opened) {
                descriptor.close();
            }
        }
    }

    /** Lets further sockets of this user be bound to the same address and port. */
    void shareAddress() throws SystemCallException {
        setOption(fd(), SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
    }

    @Override
    public int fd() {
        return descriptor.fd();
    }

    @Override
    public AddressFamily family() {
        return family;
    }

    @Override
    public InetSocketAddress localAddress() {
        return localAddress;
    }

    /** Changes what happens to datagrams larger than the path. */
    public void setPathMtuDiscovery(PathMtuDiscovery discovery) throws SystemCallException {
        setPathMtuDiscovery(fd(), family, discovery);
    }

    /**
     * Lets the kernel hand over datagrams of one length from one sender as one, up to 64 KiB; see
     * {@link ReceiveBatch#segmentSizeBytes}. Receive into slots of {@link
     * ReceiveBatch#MAX_DATAGRAM_BYTES} from then on.
     *
     * @return false if the kernel does not have it, or has a faulty one (before Linux 5.12)
     */
    public boolean joinReceived() {
        if (!KernelVersion.ofHost().isAtLeast(FIRST_WITH_SOUND_GRO)) {
            return false;
        }
        try (NativeMemory value = NativeMemory.ofInt(1)) {
            return SystemCalls.setsockopt(
                            fd(),
                            MessageDescriptor.IPPROTO_UDP,
                            MessageDescriptor.UDP_GRO,
                            value.address(),
                            4)
                    >= 0;
        }
    }

    /**
     * Whether the kernel cuts messages into datagrams, as a segment size in a {@link SendBatch}
     * asks for. The device on the way may still refuse one with EIO.
     *
     * @return false if the kernel does not have it (before Linux 4.18), or has a faulty one (7.0.0
     *     to 7.1.4)
     */
    public boolean canSegment() {
        if (!hasSoundSegmentation(KernelVersion.ofHost())) {
            return false;
        }
        try (NativeMemory value = NativeMemory.ofInt(0)) {
            return SystemCalls.setsockopt(
                            fd(),
                            MessageDescriptor.IPPROTO_UDP,
                            MessageDescriptor.UDP_SEGMENT,
                            value.address(),
                            4)
                    >= 0;
        }
    }

    static boolean hasSoundSegmentation(KernelVersion kernel) {
        return !kernel.isAtLeast(FIRST_WITH_FAULTY_GSO)
                || kernel.isAtLeast(FIRST_WITH_REPAIRED_GSO);
    }

    /** The kernel's receive buffer in bytes of its own accounting (twice what was asked for). */
    public int receiveBufferBytes() throws SystemCallException {
        return getOption(fd(), SO_RCVBUF, "SO_RCVBUF");
    }

    /** The kernel's send buffer in bytes of its own accounting (twice what was asked for). */
    public int sendBufferBytes() throws SystemCallException {
        return getOption(fd(), SO_SNDBUF, "SO_SNDBUF");
    }

    @Override
    public int receiveBatch(ReceiveBatch batch) {
        int received =
                SystemCalls.recvmmsg(
                        descriptor.fd(),
                        batch.headersAddress(),
                        batch.limit(),
                        MessageDescriptor.MSG_DONTWAIT);
        if (received < 0) {
            batch.clear();
            return received == -Errno.EAGAIN || received == -Errno.EINTR ? 0 : received;
        }
        batch.accept(received);
        return received;
    }

    @Override
    public int sendBatch(SendBatch batch) {
        int total = 0;
        batch.recordSent(0, 0);
        while (batch.nextSlot() < batch.count()) {
            int sent =
                    SystemCalls.sendmmsg(
                            descriptor.fd(),
                            batch.nextHeaderAddress(),
                            batch.count() - batch.nextSlot(),
                            MessageDescriptor.MSG_DONTWAIT);
            if (sent < 0) {
                batch.recordSent(0, -sent);
                return total > 0 ? total : sent;
            }
            // A short count hides the error of the next slot; sending that one again tells.
            batch.recordSent(sent, 0);
            total += sent;
        }
        return total;
    }

    @Override
    public void close() {
        descriptor.close();
    }

    private static void configure(int fd, UdpOptions options) throws SystemCallException {
        boolean ipv4 = options.family() == AddressFamily.IPV4;
        int ip = ipv4 ? MessageDescriptor.IPPROTO_IP : MessageDescriptor.IPPROTO_IPV6;
        if (!ipv4) {
            setOption(fd, ip, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
        }
        setOption(fd, ip, ipv4 ? IP_PKTINFO : IPV6_RECVPKTINFO, 1, "IP_PKTINFO");
        setOption(fd, ip, ipv4 ? IP_RECVTOS : IPV6_RECVTCLASS, 1, "IP_RECVTOS");
        setPathMtuDiscovery(fd, options.family(), options.pathMtuDiscovery());
        if (options.mark() != 0) {
            setOption(fd, SOL_SOCKET, SO_MARK, options.mark(), "SO_MARK");
        }
        setBufferSize(fd, SO_RCVBUFFORCE, SO_RCVBUF, options.receiveBufferBytes(), "SO_RCVBUF");
        setBufferSize(fd, SO_SNDBUFFORCE, SO_SNDBUF, options.sendBufferBytes(), "SO_SNDBUF");
    }

    private static void setPathMtuDiscovery(
            int fd, AddressFamily family, PathMtuDiscovery discovery) throws SystemCallException {
        if (family == AddressFamily.IPV4) {
            setOption(
                    fd,
                    MessageDescriptor.IPPROTO_IP,
                    IP_MTU_DISCOVER,
                    discovery.value(),
                    "IP_MTU_DISCOVER");
        } else {
            setOption(
                    fd,
                    MessageDescriptor.IPPROTO_IPV6,
                    IPV6_MTU_DISCOVER,
                    discovery.value(),
                    "IPV6_MTU_DISCOVER");
        }
    }

    /** Without CAP_NET_ADMIN the kernel caps the size silently; a smaller buffer still works. */
    private static void setBufferSize(
            int fd, int forcedOption, int cappedOption, int sizeBytes, String name)
            throws SystemCallException {
        if (sizeBytes == 0) {
            return;
        }
        try (NativeMemory value = NativeMemory.ofInt(sizeBytes)) {
            int forced = SystemCalls.setsockopt(fd, SOL_SOCKET, forcedOption, value.address(), 4);
            if (forced < 0) {
                setOption(fd, SOL_SOCKET, cappedOption, sizeBytes, name);
            }
        }
    }

    private static void bind(int fd, InetSocketAddress address) throws SystemCallException {
        try (NativeMemory memory = new NativeMemory(SocketAddressCodec.MAX_LENGTH_BYTES)) {
            int lengthBytes = SocketAddressCodec.encode(address, memory.buffer(), 0);
            int result = SystemCalls.bind(fd, memory.address(), lengthBytes);
            if (result < 0) {
                throw new SystemCallException(
                        "bind(UDP " + describe(address) + ")",
                        -result,
                        Advice.forBind(address.getPort(), -result));
            }
        }
    }

    private static InetSocketAddress boundAddress(int fd) throws SystemCallException {
        try (NativeMemory memory = new NativeMemory(SocketAddressCodec.MAX_LENGTH_BYTES);
                NativeMemory length = NativeMemory.ofInt(SocketAddressCodec.MAX_LENGTH_BYTES)) {
            Checks.check(
                    SystemCalls.getsockname(fd, memory.address(), length.address()), "getsockname");
            return SocketAddressCodec.decode(memory.buffer(), 0);
        }
    }

    private static String describe(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static void setOption(int fd, int level, int option, int value, String name)
            throws SystemCallException {
        try (NativeMemory memory = NativeMemory.ofInt(value)) {
            Checks.check(
                    SystemCalls.setsockopt(fd, level, option, memory.address(), 4),
                    "setsockopt(" + name + ", " + value + ")");
        }
    }

    private static int getOption(int fd, int option, String name) throws SystemCallException {
        try (NativeMemory value = NativeMemory.ofInt(0);
                NativeMemory length = NativeMemory.ofInt(4)) {
            Checks.check(
                    SystemCalls.getsockopt(
                            fd, SOL_SOCKET, option, value.address(), length.address()),
                    "getsockopt(" + name + ")");
            return value.buffer().getInt(0);
        }
    }
}
