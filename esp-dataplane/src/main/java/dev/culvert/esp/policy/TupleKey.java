package dev.culvert.esp.policy;

import dev.culvert.esp.Selector;
import dev.culvert.esp.policy.PrefixCover.Prefix;
import dev.culvert.esp.sa.SelectorPair;
import dev.culvert.esp.sa.SelectorSide;
import java.util.ArrayList;
import java.util.List;

/**
 * What a hash table can tell about a pair of selectors: which bits of a packet it looks at ({@link
 * Shape}) and which values they must have. A packet that the pair matches has these values in these
 * bits; the reverse holds only when {@code exact}.
 *
 * @param shape the bits
 * @param localHigh local address, upper half
 * @param localLow local address, lower half
 * @param remoteHigh remote address, upper half
 * @param remoteLow remote address, lower half
 * @param rest protocol and ports, see {@link #rest(int, int, int)}
 * @param exact true when every packet with these values matches
 */
record TupleKey(
        Shape shape,
        long localHigh,
        long localLow,
        long remoteHigh,
        long remoteLow,
        long rest,
        boolean exact) {

    private static final int PORT_BITS = 16;
    private static final int PROTOCOL_MASK = 0xFF;

    /** Masks over what a key holds. */
    record Shape(long localHigh, long localLow, long remoteHigh, long remoteLow, long rest) {}

    /** Protocol and ports in one number. */
    static long rest(int protocol, int localPort, int remotePort) {
        return (long) protocol << (2 * PORT_BITS) | (long) localPort << PORT_BITS | remotePort;
    }

    /** The keys of a pair: 1 for prefixes, up to 16 when all four ranges are crooked. */
    static List<TupleKey> of(SelectorPair pair) {
        final List<TupleKey> keys = new ArrayList<>();
        for (final Prefix localAddress : addresses(pair.local())) {
            for (final Prefix remoteAddress : addresses(pair.remote())) {
                for (final Prefix localPort : ports(pair.local())) {
                    for (final Prefix remotePort : ports(pair.remote())) {
                        keys.add(key(pair, localAddress, remoteAddress, localPort, remotePort));
                    }
                }
            }
        }
        return keys;
    }

    private static TupleKey key(
            SelectorPair pair,
            Prefix localAddress,
            Prefix remoteAddress,
            Prefix localPort,
            Prefix remotePort) {
        final boolean anyProtocol = pair.protocol() == Selector.ANY_PROTOCOL;
        final Shape shape =
                new Shape(
                        localAddress.highMask(),
                        localAddress.lowMask(),
                        remoteAddress.highMask(),
                        remoteAddress.lowMask(),
                        rest(
                                anyProtocol ? 0 : PROTOCOL_MASK,
                                portMask(localPort),
                                portMask(remotePort)));
        // Packets without visible ports carry zeros here, so ports are never exact.
        final boolean exact =
                isRange(localAddress, pair.local())
                        && isRange(remoteAddress, pair.remote())
                        && pair.local().isAnyPort()
                        && pair.remote().isAnyPort();
        return new TupleKey(
                shape,
                localAddress.high(),
                localAddress.low(),
                remoteAddress.high(),
                remoteAddress.low(),
                rest(pair.protocol(), (int) localPort.low(), (int) remotePort.low()),
                exact);
    }

    private static int portMask(Prefix port) {
        return (int) port.lowMask() & 0xFFFF;
    }

    private static boolean isRange(Prefix prefix, SelectorSide side) {
        return prefix.isRange(side.fromHigh(), side.fromLow(), side.toHigh(), side.toLow());
    }

    private static List<Prefix> addresses(SelectorSide side) {
        return PrefixCover.of(side.fromHigh(), side.fromLow(), side.toHigh(), side.toLow());
    }

    private static List<Prefix> ports(SelectorSide side) {
        return side.isOpaque()
                ? PrefixCover.of(0, 0, 0, 0xFFFF)
                : PrefixCover.of(0, side.portFrom(), 0, side.portTo());
    }
}
