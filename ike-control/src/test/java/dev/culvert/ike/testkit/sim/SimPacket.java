package dev.culvert.ike.testkit.sim;

import dev.culvert.ike.message.DecodeResult;
import dev.culvert.ike.message.MessageDecoder;
import java.net.InetSocketAddress;

/**
 * A UDP datagram under way.
 *
 * @param esp whether it is ESP rather than IKE
 */
public record SimPacket(
        InetSocketAddress source, InetSocketAddress destination, byte[] payload, boolean esp) {

    SimPacket withPayload(byte[] other) {
        return new SimPacket(source, destination, other, esp);
    }

    SimPacket withSource(InetSocketAddress other) {
        return new SimPacket(other, destination, payload, esp);
    }

    SimPacket withDestination(InetSocketAddress other) {
        return new SimPacket(source, other, payload, esp);
    }

    /** What kind of message it is, for traces and for picking packets to drop. */
    public String kind() {
        if (esp) {
            return "ESP";
        }
        return switch (MessageDecoder.decode(payload)) {
            case DecodeResult.Ok ok ->
                    ok.message().header().exchange().map(Enum::name).orElse("?")
                            + (ok.message().header().response() ? " response " : " request ")
                            + ok.message().header().messageId();
            case DecodeResult.HeaderError _,
                    DecodeResult.GrammarError _,
                    DecodeResult.UnknownCritical _ ->
                    "garbage";
        };
    }

    @Override
    public String toString() {
        return source.getAddress().getHostAddress()
                + ":"
                + source.getPort()
                + " -> "
                + destination.getAddress().getHostAddress()
                + ":"
                + destination.getPort()
                + " "
                + kind()
                + " ("
                + payload.length
                + " bytes)";
    }
}
