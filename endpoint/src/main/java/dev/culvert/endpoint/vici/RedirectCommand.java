package dev.culvert.endpoint.vici;

import dev.culvert.endpoint.config.Addresses;
import dev.culvert.endpoint.vici.DaemonControl.Outcome;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.wire.Parsed;
import java.util.Optional;
import java.util.OptionalInt;

/** The command {@code redirect} (RFC 5685). */
final class RedirectCommand {
    private final DaemonControl daemon;

    RedirectCommand(DaemonControl daemon) {
        this.daemon = daemon;
    }

    Outcome run(ViciSection request) {
        Optional<String> gateway = text(request, "gateway");
        if (gateway.isEmpty()) {
            return Outcome.failed("say where to: gateway is an address or a host name");
        }
        if (!(Addresses.spec(gateway.get()) instanceof Parsed.Ok<AddressSpec>(AddressSpec spec))
                || !(spec instanceof AddressSpec.Single || spec instanceof AddressSpec.Name)) {
            return Outcome.failed("gateway: expected an address or a host name");
        }
        Optional<AddressSpec> addresses = Optional.empty();
        Optional<String> peerIp = text(request, "peer-ip");
        if (peerIp.isPresent()) {
            switch (Addresses.spec(peerIp.get())) {
                case Parsed.Ok<AddressSpec>(AddressSpec peer) -> addresses = Optional.of(peer);
                case Parsed.Failed<AddressSpec>(String problem) -> {
                    return Outcome.failed("peer-ip: " + problem);
                }
            }
        }
        Optional<Identity> identity = Optional.empty();
        Optional<String> peerId = text(request, "peer-id");
        if (peerId.isPresent()) {
            switch (Identity.parse(peerId.get())) {
                case Parsed.Ok<Identity>(Identity id) -> identity = Optional.of(id);
                case Parsed.Failed<Identity>(String problem) -> {
                    return Outcome.failed("peer-id: " + problem);
                }
            }
        }
        Optional<String> ike = text(request, "ike");
        OptionalInt ikeId =
                text(request, "ike-id")
                        .filter(number -> number.matches("[0-9]{1,9}"))
                        .map(number -> OptionalInt.of(Integer.parseInt(number)))
                        .orElse(OptionalInt.empty());
        if (ike.isEmpty() && ikeId.isEmpty() && addresses.isEmpty() && identity.isEmpty()) {
            return Outcome.failed("say whom to redirect: ike, ike-id, peer-ip or peer-id");
        }
        return daemon.redirect(
                new DaemonControl.Redirection(ike, ikeId, addresses, identity, gateway.get()));
    }

    private static Optional<String> text(ViciSection request, String key) {
        return request.value(key).filter(value -> !value.isEmpty());
    }
}
