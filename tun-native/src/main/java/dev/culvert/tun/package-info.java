/**
 * Every system call of Culvert: TUN devices, batched UDP sockets, waiting, rtnetlink, and what the
 * host allows. Packet-path calls take off-heap buffers, never block, allocate or throw, and return
 * {@code -errno}; control-path calls throw {@link dev.culvert.tun.SystemCallException}.
 */
package dev.culvert.tun;
