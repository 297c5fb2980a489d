package dev.culvert.ike.testkit.sim;

import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.ConnectionConfig.Childless;
import dev.culvert.ike.config.ConnectionConfig.Fragmentation;
import dev.culvert.ike.config.ConnectionConfig.Unique;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.config.SelectorSpec;
import dev.culvert.ike.config.SharedSecret;
import dev.culvert.ike.config.VirtualIps;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.ProposalParser;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Short ways to write configurations. */
public final class SimConfigs {
    private SimConfigs() {}

    /** An address. */
    public static InetAddress ip(String text) {
        return IpAddress.parse(text).orElseThrow().toInetAddress();
    }

    /** An identity. */
    public static Identity id(String text) {
        return Identity.parse(text).orThrow();
    }

    /** A pre-shared key for some identities. */
    public static SharedSecret secret(String value, String... owners) {
        return new SharedSecret(
                "ike-1",
                Arrays.stream(owners).map(SimConfigs::id).toList(),
                SecretBytes.copyOf(value.getBytes(StandardCharsets.UTF_8)));
    }

    /** Settings with shorter waits than the defaults, so that runs need fewer steps. */
    public static EngineSettings settings() {
        return EngineSettings.defaults()
                .withRetransmit(new EngineSettings.Retransmit(1_000_000_000L, 1.5, 5, 0, 0.1));
    }

    /** A connection under construction. */
    public static final class Connection {
        private String name = "net";
        private List<AddressSpec> local = List.of();
        private List<AddressSpec> remote = List.of();
        private String proposals = "aes128gcm16-prfsha256-x25519";
        private Optional<Identity> localId = Optional.empty();
        private Identity remoteId = new Identity.Any();
        private boolean encap = true;
        private long dpdDelayNs;
        private Lifetime rekey = Lifetime.UNLIMITED;
        private Lifetime reauth = Lifetime.UNLIMITED;
        private int keyingTries = 1;
        private int remotePort = 500;
        private Unique unique = Unique.NO;
        private Fragmentation fragmentation = Fragmentation.YES;
        private Childless childless = Childless.ALLOW;
        private VirtualIps virtualIps = VirtualIps.NONE;
        private boolean mobike = true;
        private List<PoolConfig> pools = List.of();
        private final List<ChildConfig> children = new ArrayList<>();

        public Connection name(String value) {
            name = value;
            return this;
        }

        public Connection local(String... addresses) {
            local = singles(addresses);
            return this;
        }

        public Connection remote(String... addresses) {
            remote = singles(addresses);
            return this;
        }

        public Connection remote(AddressSpec spec) {
            remote = List.of(spec);
            return this;
        }

        public Connection proposals(String value) {
            proposals = value;
            return this;
        }

        public Connection ids(String ours, String theirs) {
            localId = Optional.of(id(ours));
            remoteId = id(theirs);
            return this;
        }

        public Connection encap(boolean value) {
            encap = value;
            return this;
        }

        public Connection dpdSeconds(int value) {
            dpdDelayNs = value * 1_000_000_000L;
            return this;
        }

        public Connection rekey(Lifetime value) {
            rekey = value;
            return this;
        }

        public Connection reauth(Lifetime value) {
            reauth = value;
            return this;
        }

        public Connection remotePort(int value) {
            remotePort = value;
            return this;
        }

        public Connection keyingTries(int value) {
            keyingTries = value;
            return this;
        }

        public Connection unique(Unique value) {
            unique = value;
            return this;
        }

        public Connection fragmentation(Fragmentation value) {
            fragmentation = value;
            return this;
        }

        public Connection childless(Childless value) {
            childless = value;
            return this;
        }

        public Connection mobike(boolean value) {
            mobike = value;
            return this;
        }

        /** Addresses to ask for. */
        public Connection vips(String... addresses) {
            virtualIps =
                    new VirtualIps(
                            Arrays.stream(addresses)
                                    .map(text -> IpAddress.parse(text).orElseThrow())
                                    .toList(),
                            List.of());
            return this;
        }

        /** Pools to lease from. */
        public Connection pools(PoolConfig... configs) {
            pools = List.of(configs);
            virtualIps = new VirtualIps(List.of(), pools.stream().map(PoolConfig::name).toList());
            return this;
        }

        public Connection child(ChildConfig child) {
            children.add(child);
            return this;
        }

        public ConnectionConfig build() {
            return new ConnectionConfig(
                    name,
                    local,
                    remote,
                    500,
                    remotePort,
                    ProposalParser.parseIkeList(proposals).orThrow(),
                    localId,
                    remoteId,
                    encap,
                    dpdDelayNs,
                    rekey,
                    reauth,
                    keyingTries,
                    unique,
                    0,
                    fragmentation,
                    childless,
                    children,
                    virtualIps,
                    mobike);
        }

        /** With secrets, as a whole configuration. */
        public EngineConfig with(SharedSecret... secrets) {
            return new EngineConfig(List.of(build()), List.of(secrets), pools);
        }

        private static List<AddressSpec> singles(String... addresses) {
            return Arrays.stream(addresses)
                    .map(text -> (AddressSpec) new AddressSpec.Single(ip(text)))
                    .toList();
        }
    }

    /** A child under construction. */
    public static final class Child {
        private final String name;
        private String proposals = "aes128gcm16";
        private List<SelectorSpec> local = List.of(new SelectorSpec.Dynamic(0, 0, 65535));
        private List<SelectorSpec> remote = List.of(new SelectorSpec.Dynamic(0, 0, 65535));
        private Set<ChildConfig.Action> start = Set.of();
        private Set<ChildConfig.Action> close = Set.of();
        private ChildConfig.DpdAction dpd = ChildConfig.DpdAction.CLEAR;
        private Lifetime time = Lifetime.UNLIMITED;
        private long inactivityNs;

        public Child(String name) {
            this.name = name;
        }

        public Child proposals(String value) {
            proposals = value;
            return this;
        }

        public Child ts(String ours, String theirs) {
            local = fixed(ours);
            remote = fixed(theirs);
            return this;
        }

        public Child localTs(String ours) {
            local = fixed(ours);
            return this;
        }

        public Child remoteTs(String theirs) {
            remote = fixed(theirs);
            return this;
        }

        public Child start() {
            start = Set.of(ChildConfig.Action.START);
            return this;
        }

        public Child close(ChildConfig.Action... actions) {
            close = Set.of(actions);
            return this;
        }

        public Child dpd(ChildConfig.DpdAction value) {
            dpd = value;
            return this;
        }

        public Child time(Lifetime value) {
            time = value;
            return this;
        }

        public Child inactivitySeconds(int value) {
            inactivityNs = value * 1_000_000_000L;
            return this;
        }

        public ChildConfig build() {
            return new ChildConfig(
                    name,
                    ProposalParser.parseEspList(proposals).orThrow(),
                    local,
                    remote,
                    ChildConfig.Mode.TUNNEL,
                    start,
                    close,
                    dpd,
                    time,
                    Lifetime.UNLIMITED,
                    Lifetime.UNLIMITED,
                    inactivityNs,
                    0,
                    0,
                    0,
                    1024,
                    true,
                    true,
                    ChildConfig.CopyDscp.OUT);
        }

        private static List<SelectorSpec> fixed(String texts) {
            return Arrays.stream(texts.split(","))
                    .map(text ->
                            (SelectorSpec)
                                    new SelectorSpec.Fixed(TrafficSelector.parse(text).orThrow()))
                    .toList();
        }
    }
}
