package dev.culvert.endpoint.control;

import dev.culvert.endpoint.dataplane.ChildRef;
import dev.culvert.endpoint.dataplane.PolicyBook;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.OffloadStatus;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns the dataplane's events into the engine's inputs. */
final class DataplaneEvents {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.esp");
    private static final int MAX_PORT = 65535;

    private DataplaneEvents() {}

    /** Empty for an event that the engine need not know. */
    static Optional<EngineInput> toInput(DataplaneEvent event, PolicyBook policies) {
        return switch (event) {
            case DataplaneEvent.IkeDatagram datagram ->
                    Optional.of(
                            new EngineInput.Datagram(
                                    datagram.local(), datagram.remote(), datagram.message()));
            case DataplaneEvent.Acquire acquire ->
                    policies.childOf(acquire.policyId()).map(ref -> acquire(ref, acquire));
            case DataplaneEvent.AcquireExpired(long policyId, int packets) -> {
                LOG.debug(
                        "{}: {} packets waited in vain for an SA",
                        policies.childOf(policyId).map(ChildRef::toString).orElse("?"),
                        packets);
                yield Optional.empty();
            }
            case DataplaneEvent.SoftLimit soft ->
                    Optional.of(new EngineInput.DataplaneEvent.SoftLimit(soft.childId()));
            case DataplaneEvent.HardLimit hard ->
                    Optional.of(new EngineInput.DataplaneEvent.HardLimit(hard.childId()));
            case DataplaneEvent.PeerMoved moved ->
                    Optional.of(
                            new EngineInput.DataplaneEvent.PeerMoved(
                                    moved.childId(), moved.newRemote()));
            case DataplaneEvent.OffloadReduced(OffloadStatus status) -> {
                LOG.info("offload {}", status);
                yield Optional.empty();
            }
        };
    }

    private static EngineInput acquire(ChildRef ref, DataplaneEvent.Acquire acquire) {
        return new EngineInput.DataplaneEvent.Acquire(
                ref.connection(),
                ref.child(),
                selector(acquire.source(), acquire.protocol(), acquire.sourcePort()),
                selector(acquire.destination(), acquire.protocol(), acquire.destinationPort()));
    }

    private static TrafficSelector selector(InetAddress address, int protocol, int port) {
        IpAddress ip = IpAddress.of(address);
        return new TrafficSelector(protocol, port, port == 0 ? MAX_PORT : port, ip, ip);
    }
}
