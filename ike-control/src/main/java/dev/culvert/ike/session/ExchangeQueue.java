package dev.culvert.ike.session;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** One slot for the exchange that runs, and those that wait for it, by priority. */
public final class ExchangeQueue {
    private Optional<Exchange> active = Optional.empty();
    private final List<Exchange> waiting = new ArrayList<>();
    private final List<Exchange> postponed = new ArrayList<>();

    /** The exchange in the slot. */
    public Optional<Exchange> active() {
        return active;
    }

    /** Those that wait, in the order in which they will run; those that were postponed last. */
    public List<Exchange> waiting() {
        List<Exchange> all = new ArrayList<>(waiting);
        all.addAll(postponed);
        return all;
    }

    /** Sets an exchange aside until {@link #resume}. */
    public void postpone(Exchange exchange) {
        postponed.add(exchange);
    }

    /** Lets those that were set aside wait for the slot again. */
    public void resume() {
        List<Exchange> resumed = List.copyOf(postponed);
        postponed.clear();
        resumed.forEach(this::add);
    }

    /** Puts an exchange behind those of its priority. */
    public void add(Exchange exchange) {
        waiting.add(exchange);
        waiting.sort(Comparator.comparingInt(Exchange::priority));
    }

    /** Whether an exchange that runs or waits satisfies a condition. */
    public boolean contains(Predicate<Exchange> condition) {
        return active.filter(condition).isPresent() || waiting().stream().anyMatch(condition);
    }

    /** Moves the next exchange into the slot, if that is free. */
    public Optional<Exchange> startNext() {
        if (active.isPresent() || waiting.isEmpty()) {
            return Optional.empty();
        }
        active = Optional.of(waiting.removeFirst());
        return active;
    }

    /** Frees the slot. */
    public void finish(Exchange exchange) {
        if (active.filter(exchange::equals).isEmpty()) {
            throw new IllegalStateException(exchange.name() + " is not the exchange that runs");
        }
        active = Optional.empty();
    }

    /** Takes out those that wait and satisfy a condition. */
    public List<Exchange> removeWaiting(Predicate<Exchange> condition) {
        List<Exchange> removed = waiting().stream().filter(condition).toList();
        waiting.removeAll(removed);
        postponed.removeAll(removed);
        return removed;
    }

    /** Takes out everything. */
    public List<Exchange> clear() {
        List<Exchange> all = new ArrayList<>();
        active.ifPresent(all::add);
        all.addAll(waiting());
        active = Optional.empty();
        waiting.clear();
        postponed.clear();
        return all;
    }
}
