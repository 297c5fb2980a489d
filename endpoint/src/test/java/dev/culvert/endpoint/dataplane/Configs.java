package dev.culvert.endpoint.dataplane;

import dev.culvert.endpoint.Selectors;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.config.SelectorSpec;
import dev.culvert.ike.config.VirtualIps;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.EncryptionAlgorithm;
import dev.culvert.ike.proposal.EspSuite;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Connections for tests: as small as they may be. */
public final class Configs {
    private Configs() {}

    /** One connection {@code gw} to 192.0.2.2. */
    public static EngineConfig of(ChildConfig... children) {
        return to(List.of(new AddressSpec.Single(InetAddress.ofLiteral("192.0.2.2"))), children);
    }

    /** One connection {@code gw} to somewhere. */
    public static EngineConfig to(List<AddressSpec> remote, ChildConfig... children) {
        return new EngineConfig(
                List.of(
                        new ConnectionConfig(
                                "gw",
                                List.of(new AddressSpec.Any(true, true)),
                                remote,
                                500,
                                500,
                                List.of(),
                                Optional.empty(),
                                new Identity.Any(),
                                true,
                                0,
                                Lifetime.UNLIMITED,
                                Lifetime.UNLIMITED,
                                1,
                                ConnectionConfig.Unique.NO,
                                0,
                                ConnectionConfig.Fragmentation.YES,
                                ConnectionConfig.Childless.ALLOW,
                                List.of(children),
                                VirtualIps.NONE,
                                true)),
                List.of());
    }

    /** A selector of an address range. */
    public static SelectorSpec fixed(String selector) {
        return new SelectorSpec.Fixed(Selectors.of(selector).getFirst());
    }

    /** {@code dynamic}. */
    public static SelectorSpec dynamic() {
        return new SelectorSpec.Dynamic(0, 0, 65535);
    }

    /** A child of the given mode and start actions. */
    public static ChildConfig child(
            String name,
            ChildConfig.Mode mode,
            Set<ChildConfig.Action> startActions,
            SelectorSpec local,
            SelectorSpec remote) {
        return new ChildConfig(
                name,
                List.of(),
                List.of(local),
                List.of(remote),
                mode,
                startActions,
                Set.of(),
                ChildConfig.DpdAction.CLEAR,
                Lifetime.UNLIMITED,
                new Lifetime(1000, 2000, 500),
                Lifetime.UNLIMITED,
                0,
                0,
                0,
                0,
                1024,
                true,
                true,
                ChildConfig.CopyDscp.OUT);
    }

    /** What came of negotiating a child {@code net} of {@code gw}, 192.0.2.1 to 192.0.2.2. */
    public static EngineOutput.ChildSaParameters negotiated(long childSaId) {
        return new EngineOutput.ChildSaParameters(
                childSaId,
                "gw",
                child(
                        "net",
                        ChildConfig.Mode.TUNNEL,
                        Set.of(),
                        fixed("10.1.0.0/16"),
                        fixed("10.2.0.0/16")),
                7,
                new EspSuite(
                        EncryptionAlgorithm.AES_GCM_16,
                        128,
                        Optional.empty(),
                        Optional.empty(),
                        false),
                Selectors.of("10.1.0.0/16"),
                Selectors.of("10.2.0.0/16"),
                new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 4500),
                new InetSocketAddress(InetAddress.ofLiteral("192.0.2.2"), 4500),
                true);
    }
}
