package dev.culvert.tun;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

/**
 * How to open a TUN device.
 *
 * @param name an interface name of at most 15 bytes, or a pattern such as {@code culvert%d}, for
 *     which the kernel takes the first free number
 * @param mtuBytes 68 to 65535, or 0 to leave the kernel's 1500
 * @param persistent whether the device stays when its last descriptor closes
 * @param queueCount 1 to 256 descriptors; each flow is pinned to one of them by the kernel
 * @param offloads what may cross the device besides plain packets, as far as the kernel has it;
 *     empty for plain packets without headers
 */
public record TunOptions(
        String name, int mtuBytes, boolean persistent, int queueCount, Set<TunOffload> offloads) {
    private static final int MAX_NAME_BYTES = 15;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if a value is outside its range
     */
    public TunOptions {
        int nameBytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (nameBytes == 0 || nameBytes > MAX_NAME_BYTES || name.matches(".*[/:\\s].*")) {
            throw new IllegalArgumentException(
                    "TUN name must have 1 to 15 bytes and no '/', ':' or space, is '" + name + "'");
        }
        if (mtuBytes != 0 && (mtuBytes < 68 || mtuBytes > 65535)) {
            throw new IllegalArgumentException("TUN MTU must be 68 to 65535, is " + mtuBytes);
        }
        if (queueCount < 1 || queueCount > 256) {
            throw new IllegalArgumentException("TUN queues must be 1 to 256, are " + queueCount);
        }
        offloads = offloads.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(offloads));
    }

    /** One queue, plain packets, not persistent, the kernel's MTU. */
    public static TunOptions named(String name) {
        return new TunOptions(name, 0, false, 1, Set.of());
    }

    public TunOptions withName(String newName) {
        return new TunOptions(newName, mtuBytes, persistent, queueCount, offloads);
    }

    public TunOptions withMtuBytes(int newMtuBytes) {
        return new TunOptions(name, newMtuBytes, persistent, queueCount, offloads);
    }

    public TunOptions withPersistent(boolean newPersistent) {
        return new TunOptions(name, mtuBytes, newPersistent, queueCount, offloads);
    }

    public TunOptions withQueueCount(int newQueueCount) {
        return new TunOptions(name, mtuBytes, persistent, newQueueCount, offloads);
    }

    public TunOptions withOffloads(Set<TunOffload> newOffloads) {
        return new TunOptions(name, mtuBytes, persistent, queueCount, newOffloads);
    }
}
