package dev.culvert.tun;

import dev.culvert.tun.ffi.SystemCalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A TUN network interface and the descriptors behind it. Unless it is persistent, the interface
 * goes, with its addresses and routes, when this object is closed or the process ends.
 */
public final class TunDevice implements AutoCloseable {
    private static final long TUNSETPERSIST = 0x400454cbL;

    private final String name;
    private final int index;
    private final List<TunQueue> queues;
    private final Set<TunOffload> offloads;
    private final RtNetlink netlink;

    private TunDevice(
            String name,
            int index,
            List<TunQueue> queues,
            Set<TunOffload> offloads,
            RtNetlink netlink) {
        this.name = name;
        this.index = index;
        this.queues = List.copyOf(queues);
        this.offloads = offloads;
        this.netlink = netlink;
    }

    /**
     * Creates the interface, or attaches to a persistent one of that name. It is down at first. Of
     * the offloads that were asked for, those are used that the kernel has; see {@link
     * #offloads()}.
     *
     * @throws SystemCallException if /dev/net/tun is missing or forbidden, CAP_NET_ADMIN is
     *     missing, or the name is taken
     */
    public static TunDevice open(TunOptions options) throws SystemCallException {
        List<TunQueue> queues = new ArrayList<>();
        RtNetlink netlink = RtNetlink.open();
        boolean opened = false;
        try {
            TunAttachment first = TunAttachment.open(options);
            queues.add(first.queue());
            String name = first.name();
            TunOptions others = options.withName(name).withOffloads(first.offloads());
            for (int i = 1; i < options.queueCount(); i++) {
                queues.add(TunAttachment.open(others).queue());
            }
            Link link = netlink.linkByName(name).orElseThrow(deviceGone(name));
            if (options.mtuBytes() != 0) {
                netlink.setLinkMtuBytes(link.index(), options.mtuBytes());
            }
            TunDevice device = new TunDevice(name, link.index(), queues, first.offloads(), netlink);
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

    /** The offloads in use: those that were asked for and that the kernel has. */
    public Set<TunOffload> offloads() {
        return offloads;
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
}
