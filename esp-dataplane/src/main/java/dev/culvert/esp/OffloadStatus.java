package dev.culvert.esp;

/**
 * What became of an offload.
 *
 * @param offload the offload
 * @param wanted whether the configuration wants it
 * @param inUse whether it is used now, at least in part
 * @param reason why it is not, or not everywhere, although it is wanted; else empty
 */
public record OffloadStatus(Offload offload, boolean wanted, boolean inUse, String reason) {

    /** One line, such as {@code tun_uso off: the kernel does not have it}. */
    @Override
    public String toString() {
        return offload.key() + (inUse ? " on" : " off") + (reason.isEmpty() ? "" : ": " + reason);
    }
}
