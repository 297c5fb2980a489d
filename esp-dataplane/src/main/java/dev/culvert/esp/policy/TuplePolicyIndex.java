package dev.culvert.esp.policy;

import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.sa.SelectorPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rules by the bits of a packet that they look at (tuple space search): all rules with, say, a /16
 * on our side, a /24 on the peer's and no protocol are in one hash table, so that a lookup costs
 * one probe per table, however many rules there are. Thousands of children rarely have more than a
 * handful of such shapes. Tables are asked in the order of the best rule that they hold, and not at
 * all once nothing in them can decide before what was found.
 */
final class TuplePolicyIndex implements PolicyIndex {

    private static final Comparator<TupleTable> BEST_FIRST =
            Comparator.comparingLong(TupleTable::bestRank);

    private final PolicyRule none;
    private final Family ipv4 = new Family();
    private final Family ipv6 = new Family();
    private final Map<PolicyEntry, List<Placed>> places = new HashMap<>();
    private long serial;

    /** Where a rule is. */
    private record Placed(Family family, TupleTable.Node node) {}

    /** The tables of one address family. */
    private static final class Family {
        private final Map<TupleKey.Shape, TupleTable> byShape = new HashMap<>();
        private TupleTable[] tables = new TupleTable[0];

        void add(TupleTable.Node node) {
            TupleTable table = byShape.get(node.shape());
            if (table == null) {
                table = new TupleTable(node.shape());
                byShape.put(node.shape(), table);
                tables = Arrays.copyOf(tables, tables.length + 1);
                tables[tables.length - 1] = table;
            }
            final long before = table.bestRank();
            table.add(node);
            sortUnless(before == table.bestRank());
        }

        void remove(TupleTable.Node node) {
            final TupleTable table = byShape.get(node.shape());
            final long before = table.bestRank();
            table.remove(node);
            if (table.isEmpty()) {
                byShape.remove(node.shape());
                tables = byShape.values().toArray(new TupleTable[0]);
                sortUnless(false);
            } else {
                sortUnless(before == table.bestRank());
            }
        }

        private void sortUnless(boolean sorted) {
            if (!sorted) {
                Arrays.sort(tables, BEST_FIRST);
            }
        }
    }

    TuplePolicyIndex(PolicyEntry none) {
        this.none = PolicyRule.last(none);
    }

    @Override
    public void add(SelectorPair pair, int priority, boolean isSa, PolicyEntry entry) {
        final PolicyRule rule =
                new PolicyRule(PolicyRule.rank(pair, priority, isSa), serial++, entry);
        final Family family = pair.isIpv6() ? ipv6 : ipv4;
        final List<Placed> placed = places.computeIfAbsent(entry, e -> new ArrayList<>(1));
        for (final TupleKey key : TupleKey.of(pair)) {
            final TupleTable.Node node = new TupleTable.Node(key, rule, pair);
            family.add(node);
            placed.add(new Placed(family, node));
        }
    }

    @Override
    public void remove(PolicyEntry entry) {
        final List<Placed> placed = places.remove(entry);
        if (placed != null) {
            placed.forEach(place -> place.family().remove(place.node()));
        }
    }

    @Override
    public PolicyEntry find(InnerPacket packet) {
        final TupleTable[] tables = packet.isIpv6() ? ipv6.tables : ipv4.tables;
        final long rest =
                TupleKey.rest(packet.protocol(), packet.sourcePort(), packet.destinationPort());
        PolicyRule best = none;
        for (final TupleTable table : tables) {
            if (table.bestRank() > best.rank()) {
                break;
            }
            best = table.find(packet, rest, best);
        }
        return best.entry();
    }
}
