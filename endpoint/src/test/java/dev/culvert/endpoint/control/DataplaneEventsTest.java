package dev.culvert.endpoint.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.Selectors;
import dev.culvert.endpoint.dataplane.Configs;
import dev.culvert.endpoint.dataplane.FakeHost;
import dev.culvert.endpoint.dataplane.PolicyBook;
import dev.culvert.endpoint.dataplane.RecordingDataplane;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.Direction;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.config.ChildConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DataplaneEventsTest {
    private static final InetAddress INSIDE = InetAddress.ofLiteral("10.1.0.1");
    private static final InetAddress OUTSIDE = InetAddress.ofLiteral("10.2.0.1");

    private final RecordingDataplane dataplane = new RecordingDataplane();
    private final FakeHost host = new FakeHost();
    private final PolicyBook policies = new PolicyBook(dataplane, host, host);

    @Test
    void shouldNameConnectionAndChildAndNarrowToThePacketWhenATrapIsHit() {
        long policyId = trap();

        Optional<EngineInput> input =
                DataplaneEvents.toInput(
                        new DataplaneEvent.Acquire(policyId, INSIDE, OUTSIDE, 6, 40000, 80),
                        policies);

        assertThat(input)
                .contains(
                        new EngineInput.DataplaneEvent.Acquire(
                                "gw",
                                "net",
                                Selectors.of("10.1.0.1/32[tcp/40000]").getFirst(),
                                Selectors.of("10.2.0.1/32[tcp/80]").getFirst()));
    }

    @Test
    void shouldLeavePortsOpenWhenThePacketHasNone() {
        Optional<EngineInput> input =
                DataplaneEvents.toInput(
                        new DataplaneEvent.Acquire(trap(), INSIDE, OUTSIDE, 50, 0, 0), policies);

        assertThat(input)
                .map(i -> ((EngineInput.DataplaneEvent.Acquire) i).source())
                .contains(Selectors.of("10.1.0.1/32[50]").getFirst());
    }

    @Test
    void shouldIgnoreAnAcquireWhosePolicyIsGone() {
        assertThat(
                        DataplaneEvents.toInput(
                                new DataplaneEvent.Acquire(99, INSIDE, OUTSIDE, 6, 1, 2), policies))
                .isEmpty();
    }

    @Test
    void shouldHandOnLimitsMovesAndDatagrams() {
        InetSocketAddress from = new InetSocketAddress(OUTSIDE, 4500);
        InetSocketAddress to = new InetSocketAddress(INSIDE, 4500);

        assertThat(
                        DataplaneEvents.toInput(
                                new DataplaneEvent.SoftLimit(5, 1000, Direction.INBOUND), policies))
                .contains(new EngineInput.DataplaneEvent.SoftLimit(5));
        assertThat(
                        DataplaneEvents.toInput(
                                new DataplaneEvent.HardLimit(5, 1000, Direction.OUTBOUND),
                                policies))
                .contains(new EngineInput.DataplaneEvent.HardLimit(5));
        assertThat(DataplaneEvents.toInput(new DataplaneEvent.PeerMoved(5, 1000, from), policies))
                .contains(new EngineInput.DataplaneEvent.PeerMoved(5, from));
        assertThat(
                        DataplaneEvents.toInput(
                                new DataplaneEvent.IkeDatagram(to, from, new byte[] {1, 2}),
                                policies))
                .hasValueSatisfying(input ->
                        assertThat(((EngineInput.Datagram) input).message()).containsExactly(1, 2));
    }

    private long trap() {
        policies.load(
                Configs.of(
                        Configs.child(
                                "net",
                                ChildConfig.Mode.TUNNEL,
                                Set.of(ChildConfig.Action.TRAP),
                                Configs.fixed("10.1.0.0/16"),
                                Configs.fixed("10.2.0.0/16"))));
        return dataplane.commands(DataplaneCommand.InstallPolicy.class).getLast().policyId();
    }
}
