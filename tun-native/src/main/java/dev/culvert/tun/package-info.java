/**
 * Every system call of Culvert: TUN devices, batched UDP sockets, waiting, rtnetlink, and what the
 * host allows. Packet-path calls take off-heap buffers, never block, allocate or throw, and return
 * {@code -errno}; control-path calls throw {@link dev.culvert.tun.SystemCallException}.
 *
 * <p>Numbers and layouts are those of 64-bit little-endian Linux. They are equal on x86-64 and
 * aarch64, whose few differences ({@code O_DIRECT}, {@code O_DIRECTORY}, {@code O_NOFOLLOW}, {@code
 * O_LARGEFILE} and the numbers of raw system calls) are not used here.
 */
package dev.culvert.tun;
