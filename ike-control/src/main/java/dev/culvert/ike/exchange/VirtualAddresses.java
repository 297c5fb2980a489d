package dev.culvert.ike.exchange;

import dev.culvert.ike.Configured;
import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.SelectorSpec;
import dev.culvert.ike.config.VirtualIps;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.lease.Predecessors;
import dev.culvert.ike.message.ConfigAttribute;
import dev.culvert.ike.message.ConfigAttributeType;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.ts.IpPrefix;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Configuration payloads (RFC 7296 sections 2.19 and 3.15): an initiator asks for addresses inside
 * the responder's network, which leases them from its pools; and what {@code dynamic} traffic
 * selectors mean with them and without.
 */
final class VirtualAddresses {
    static final int CFG_REQUEST = 1;
    static final int CFG_REPLY = 2;
    static final int CFG_SET = 3;
    static final int CFG_ACK = 4;

    /** More than one of each version are rarely of use, and a peer must not empty a pool. */
    private static final int MOST_ADDRESSES = 4;

    /** Of name servers, domains and networks each. */
    private static final int MOST_OF_A_KIND = 64;

    private VirtualAddresses() {}

    /**
     * The request, if this side wants addresses: any, but those that it had are asked for by name
     * (RFC 7296 section 3.15.1; for an IKE SA that is resumed, RFC 5723 section 5).
     */
    static Optional<Payload> request(Session session) {
        ConnectionConfig connection = session.connection().orElseThrow();
        List<IpAddress> wanted = connection.virtualIps().requested();
        if (wanted.isEmpty()) {
            return Optional.empty();
        }
        List<IpAddress> had = new ArrayList<>(session.services().virtualIpsOf(connection));
        List<ConfigAttribute> attributes = new ArrayList<>();
        for (IpAddress address : wanted) {
            Optional<IpAddress> again =
                    had.stream()
                            .filter(a -> VirtualIps.isAny(address))
                            .filter(a -> a.version() == address.version())
                            .findFirst();
            again.ifPresent(had::remove);
            attributes.add(address(again.orElse(address)));
        }
        for (IpAddress any : List.of(IpAddress.ANY_V4, IpAddress.ANY_V6)) {
            if (wanted.stream().anyMatch(a -> a.version() == any.version())) {
                attributes.add(new ConfigAttribute.Blank(nameServer(any)));
            }
        }
        attributes.add(new ConfigAttribute.Blank(ConfigAttributeType.INTERNAL_DNS_DOMAIN));
        attributes.add(new ConfigAttribute.Blank(ConfigAttributeType.INTERNAL_DNSSEC_TA));
        return Optional.of(payload(CFG_REQUEST, attributes));
    }

    /**
     * Takes the reply to {@link #request}.
     *
     * @return what is wrong, if addresses were asked for and none came
     */
    static Optional<String> onReply(Session session, List<Payload> payloads) {
        ConnectionConfig connection = session.connection().orElseThrow();
        if (connection.virtualIps().requested().isEmpty()) {
            return Optional.empty();
        }
        List<ConfigAttribute> attributes =
                Payload.first(payloads, Payload.Cp.class)
                        .filter(cp -> cp.cfgType() == CFG_REPLY)
                        .map(cp -> decode(session, cp))
                        .orElse(List.of());
        Configured configured = configured(attributes);
        if (configured.localVips().isEmpty()) {
            session.services().counters().increment(Counter.FAILED_VIRTUAL_ADDRESS);
            return Optional.of(
                    "the peer assigned no virtual address"
                            + Payload.firstError(payloads)
                                    .map(error -> " (" + error.name() + ")")
                                    .orElse("")
                            + "; look at its pools, or remove vips from the connection");
        }
        session.setConfigured(configured);
        session.services().noteVirtualIps(connection, configured.localVips());
        session.services()
                .emit(
                        new EngineOutput.Configure(
                                session.configuredOwner(), connection.name(), configured));
        return Optional.empty();
    }

    private static Configured configured(List<ConfigAttribute> attributes) {
        List<IpAddress> addresses = new ArrayList<>();
        List<IpAddress> nameServers = new ArrayList<>();
        List<String> domains = new ArrayList<>();
        List<String> trustAnchors = new ArrayList<>();
        List<IpPrefix> subnets = new ArrayList<>();
        // A trust anchor is for the domain in front of it (RFC 8598 section 3.2).
        Optional<String> domain = Optional.empty();
        for (ConfigAttribute attribute : attributes) {
            switch (attribute) {
                case ConfigAttribute.Host(ConfigAttributeType type, IpAddress address) -> {
                    if (isAddress(type)) {
                        addUnlessMany(addresses, address, MOST_ADDRESSES);
                    } else if (isNameServer(type)) {
                        addUnlessMany(nameServers, address, MOST_OF_A_KIND);
                    }
                }
                case ConfigAttribute.Network(
                                ConfigAttributeType type,
                                IpAddress address,
                                int bits) -> {
                    if (isAddress(type)) {
                        addUnlessMany(addresses, address, MOST_ADDRESSES);
                    } else {
                        addUnlessMany(
                                subnets,
                                new IpPrefix(address.networkStart(bits), bits),
                                MOST_OF_A_KIND);
                    }
                }
                case ConfigAttribute.Text(ConfigAttributeType type, String text) -> {
                    if (type == ConfigAttributeType.INTERNAL_DNS_DOMAIN) {
                        domain = Optional.of(text);
                        addUnlessMany(domains, text, MOST_OF_A_KIND);
                    }
                }
                case ConfigAttribute.TrustAnchor anchor -> {
                    if (domain.isPresent()) {
                        addUnlessMany(
                                trustAnchors, domain.get() + " " + anchor.text(), MOST_OF_A_KIND);
                    }
                }
                case ConfigAttribute.Blank _,
                        ConfigAttribute.Supported _,
                        ConfigAttribute.Opaque _ -> {
                    // says nothing that this side uses
                }
            }
        }
        return new Configured(addresses, List.of(), nameServers, domains, trustAnchors, subnets);
    }

    private static <T> void addUnlessMany(List<T> list, T item, int most) {
        if (list.size() < most && !list.contains(item)) {
            list.add(item);
        }
    }

    /**
     * How a responder answers a request.
     *
     * @param reply to send
     * @param refusal why there is no address, and with it no child SA
     */
    record Answer(Optional<Payload> reply, Optional<NotifyType> refusal) {}

    /**
     * Leases addresses to an authenticated peer.
     *
     * @param duplicates older IKE SAs of the same identities
     * @param replaced those of them that this one replaces, so that their addresses are its own
     */
    static Answer answer(
            Session session,
            List<Payload> payloads,
            List<Session> duplicates,
            List<Session> replaced) {
        Optional<Payload.Cp> request =
                Payload.first(payloads, Payload.Cp.class).filter(cp -> cp.cfgType() == CFG_REQUEST);
        List<String> pools = session.connection().orElseThrow().virtualIps().pools();
        List<ConfigAttribute> asked = request.map(cp -> decode(session, cp)).orElse(List.of());
        List<IpAddress> wanted = wanted(asked);
        if (wanted.isEmpty()) {
            return pools.isEmpty() || !asksForChild(payloads)
                    ? new Answer(request.map(_ -> reply(List.of(), asked)), Optional.empty())
                    : refuse(
                            session,
                            NotifyType.FAILED_CP_REQUIRED,
                            "the peer asks for no virtual address, but the connection has pools; set vips"
                                    + " at the peer");
        }
        Predecessors predecessors = predecessors(session, duplicates, replaced);
        Identity identity = session.remoteId().orElseThrow();
        List<IpAddress> leased = new ArrayList<>();
        for (IpAddress address : wanted) {
            session.services()
                    .leases()
                    .lease(session.configuredOwner(), identity, predecessors, address, pools)
                    .ifPresent(leased::add);
        }
        if (leased.isEmpty()) {
            return refuse(
                    session,
                    NotifyType.INTERNAL_ADDRESS_FAILURE,
                    pools.isEmpty()
                            ? "the peer asks for a virtual address, but the connection has no pools; set pools"
                                    + " here, or remove vips at the peer"
                            : "no address is left for "
                                    + identity.text()
                                    + " in pools "
                                    + String.join(", ", pools)
                                    + "; make them larger, or end what is no longer needed");
        }
        session.setConfigured(Configured.assigned(leased));
        List<ConfigAttribute> attributes = new ArrayList<>();
        leased.forEach(address -> attributes.add(address(address)));
        attributes.addAll(session.services().leases().attributes(pools, leased));
        return new Answer(Optional.of(reply(attributes, asked)), Optional.empty());
    }

    private static Predecessors predecessors(
            Session session, List<Session> duplicates, List<Session> replaced) {
        return new Predecessors(
                replaced.reversed().stream().map(Session::configuredOwner).toList(),
                duplicates.stream()
                        .filter(old -> old.path().remote().equals(session.path().remote()))
                        .map(Session::configuredOwner)
                        .toList());
    }

    private static boolean asksForChild(List<Payload> payloads) {
        return Payload.first(payloads, Payload.Sa.class).isPresent();
    }

    private static Answer refuse(Session session, NotifyType error, String message) {
        session.services().counters().increment(Counter.FAILED_VIRTUAL_ADDRESS);
        session.alert(AlertType.VIP_FAILURE, message);
        return new Answer(Optional.empty(), Optional.of(error));
    }

    private static List<IpAddress> wanted(List<ConfigAttribute> asked) {
        List<IpAddress> wanted = new ArrayList<>();
        for (ConfigAttribute attribute : asked) {
            Optional<IpAddress> address =
                    switch (attribute) {
                        case ConfigAttribute.Blank(ConfigAttributeType type) -> anyOf(type);
                        case ConfigAttribute.Host(ConfigAttributeType type, IpAddress a) ->
                                anyOf(type).map(_ -> a);
                        case ConfigAttribute.Network(
                                        ConfigAttributeType type,
                                        IpAddress a,
                                        int _) ->
                                anyOf(type).map(_ -> a);
                        case ConfigAttribute.Text _,
                                ConfigAttribute.TrustAnchor _,
                                ConfigAttribute.Supported _,
                                ConfigAttribute.Opaque _ ->
                                Optional.empty();
                    };
            if (address.isPresent() && wanted.size() < MOST_ADDRESSES) {
                wanted.add(address.get());
            }
        }
        return wanted;
    }

    private static Optional<IpAddress> anyOf(ConfigAttributeType type) {
        return switch (type) {
            case INTERNAL_IP4_ADDRESS -> Optional.of(IpAddress.ANY_V4);
            case INTERNAL_IP6_ADDRESS -> Optional.of(IpAddress.ANY_V6);
            default -> Optional.empty();
        };
    }

    private static Payload reply(List<ConfigAttribute> attributes, List<ConfigAttribute> asked) {
        List<ConfigAttribute> all = new ArrayList<>(attributes);
        if (asked.contains(new ConfigAttribute.Blank(ConfigAttributeType.APPLICATION_VERSION))) {
            // Section 2.20: whoever does not want to tell it says nothing.
            all.add(new ConfigAttribute.Blank(ConfigAttributeType.APPLICATION_VERSION));
        }
        if (asked.contains(new ConfigAttribute.Blank(ConfigAttributeType.SUPPORTED_ATTRIBUTES))) {
            all.add(
                    new ConfigAttribute.Supported(
                            Arrays.stream(ConfigAttributeType.values())
                                    .map(ConfigAttributeType::value)
                                    .toList()));
        }
        return payload(CFG_REPLY, all);
    }

    /**
     * The answer to a configuration payload outside of the first exchanges: nothing is assigned
     * there, and nothing can be set.
     */
    static List<Payload> answerInformational(Session session, List<Payload> payloads) {
        Optional<Payload.Cp> cp = Payload.first(payloads, Payload.Cp.class);
        if (cp.filter(p -> p.cfgType() == CFG_REQUEST).isPresent()) {
            return List.of(reply(List.of(), decode(session, cp.get())));
        }
        return cp.filter(p -> p.cfgType() == CFG_SET).isPresent()
                ? List.of(payload(CFG_ACK, List.of()))
                : List.of();
    }

    /** Gives back what an IKE SA has that ends. */
    static void release(Session session) {
        if (session.configuredOwner() == 0) {
            return;
        }
        session.services().leases().release(session.configuredOwner());
        if (!session.configured().localVips().isEmpty()) {
            session.services().emit(new EngineOutput.Unconfigure(session.configuredOwner()));
        }
    }

    /** What this side asks for, and has not been assigned yet. */
    private static List<IpAddress> awaited(Session session) {
        return session.initiator() && session.configured().localVips().isEmpty()
                ? session.connection().orElseThrow().virtualIps().requested()
                : List.of();
    }

    /** Whether this side does not know yet which virtual address it will have. */
    static boolean isAwaited(Session session) {
        return !awaited(session).isEmpty();
    }

    /** This side's selectors of a child. */
    static List<TrafficSelector> local(Session session, ChildConfig child) {
        List<IpAddress> assigned = session.configured().localVips();
        if (!assigned.isEmpty()) {
            return selectors(child.localSelectors(), hosts(assigned));
        }
        List<IpAddress> wanted = awaited(session);
        return selectors(
                child.localSelectors(),
                wanted.isEmpty()
                        ? hosts(outer(session.path().local().getAddress()))
                        // Any address that the peer may choose.
                        : wanted.stream()
                                .map(IpAddress::version)
                                .distinct()
                                .map(VirtualAddresses::everything)
                                .toList());
    }

    /** The peer's selectors of a child. */
    static List<TrafficSelector> remote(Session session, ChildConfig child) {
        List<IpAddress> assigned = session.configured().remoteVips();
        return selectors(
                child.remoteSelectors(),
                hosts(assigned.isEmpty() ? outer(session.path().remote().getAddress()) : assigned));
    }

    private record Range(IpAddress first, IpAddress last) {}

    private static List<IpAddress> outer(InetAddress address) {
        return List.of(IpAddress.of(address));
    }

    private static List<Range> hosts(List<IpAddress> addresses) {
        return addresses.stream().map(address -> new Range(address, address)).toList();
    }

    private static Range everything(int version) {
        return new Range(
                version == 4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6, IpAddress.last(version));
    }

    /** Configured selectors, with {@code dynamic} replaced by ranges of addresses. */
    private static List<TrafficSelector> selectors(List<SelectorSpec> specs, List<Range> dynamic) {
        List<TrafficSelector> selectors = new ArrayList<>();
        for (SelectorSpec spec : specs) {
            switch (spec) {
                case SelectorSpec.Dynamic(int protocol, int firstPort, int lastPort) ->
                        dynamic.forEach(range ->
                                selectors.add(
                                        new TrafficSelector(
                                                protocol,
                                                firstPort,
                                                lastPort,
                                                range.first(),
                                                range.last())));
                case SelectorSpec.Fixed(TrafficSelector selector) -> selectors.add(selector);
            }
        }
        return selectors;
    }

    private static List<ConfigAttribute> decode(Session session, Payload.Cp cp) {
        List<ConfigAttribute> attributes = new ArrayList<>();
        for (Payload.CpAttribute attribute : cp.attributes()) {
            switch (ConfigAttribute.decode(attribute)) {
                case Parsed.Ok<ConfigAttribute>(ConfigAttribute good) -> attributes.add(good);
                case Parsed.Failed<ConfigAttribute>(String problem) ->
                        session.traceText("ignoring a configuration attribute: " + problem);
            }
        }
        return attributes;
    }

    private static Payload payload(int cfgType, List<ConfigAttribute> attributes) {
        return new Payload.Cp(cfgType, attributes.stream().map(ConfigAttribute::encode).toList());
    }

    private static ConfigAttribute address(IpAddress address) {
        ConfigAttributeType type =
                address.isV6()
                        ? ConfigAttributeType.INTERNAL_IP6_ADDRESS
                        : ConfigAttributeType.INTERNAL_IP4_ADDRESS;
        if (VirtualIps.isAny(address)) {
            return new ConfigAttribute.Blank(type);
        }
        return address.isV6()
                ? new ConfigAttribute.Network(type, address, address.widthBits())
                : new ConfigAttribute.Host(type, address);
    }

    private static ConfigAttributeType nameServer(IpAddress like) {
        return like.isV6()
                ? ConfigAttributeType.INTERNAL_IP6_DNS
                : ConfigAttributeType.INTERNAL_IP4_DNS;
    }

    private static boolean isAddress(ConfigAttributeType type) {
        return type == ConfigAttributeType.INTERNAL_IP4_ADDRESS
                || type == ConfigAttributeType.INTERNAL_IP6_ADDRESS;
    }

    private static boolean isNameServer(ConfigAttributeType type) {
        return type == ConfigAttributeType.INTERNAL_IP4_DNS
                || type == ConfigAttributeType.INTERNAL_IP6_DNS;
    }
}
