package dev.culvert.endpoint.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Gives each section what it inherits. A section is a stack of layers: what is written in it, then
 * the sections that it refers to, each with its own references, from left to right. Of several
 * entries with one key the uppermost counts; sections of one name are stacked in turn.
 */
final class ReferenceResolver {
    private static final int MOST_SECTIONS = 20_000;

    private final RawSection root;
    private final Problems problems;

    /** Sections that others refer to: templates, which need not have a known name. */
    private final Set<RawSection> templates = new HashSet<>();

    /**
     * The layers of the sections around the one being resolved, to find a section inside itself.
     */
    private final Deque<Set<RawSection>> around = new ArrayDeque<>();

    private int sections;

    ReferenceResolver(RawSection root, Problems problems) {
        this.root = root;
        this.problems = problems;
    }

    ConfigSection resolve() {
        return resolve("", "", new LinkedHashSet<>(List.of(root)));
    }

    /** Whether a section of the top level is there to be referred to. */
    boolean isTemplate(String topLevelName) {
        return templates.contains(root.sections.get(topLevelName));
    }

    private ConfigSection resolve(String path, String name, Set<RawSection> layers) {
        sections++;
        Map<String, ConfigEntry> entries = new LinkedHashMap<>();
        Set<String> names = new LinkedHashSet<>();
        for (RawSection layer : layers) {
            layer.entries.forEach(entries::putIfAbsent);
            names.addAll(layer.sections.keySet());
        }
        Map<String, ConfigSection> children = new LinkedHashMap<>();
        around.addLast(layers);
        for (String child : names) {
            Set<RawSection> childLayers = childLayers(layers, child, true);
            if (!childLayers.isEmpty() && hasRoom(childLayers)) {
                String childPath = path.isEmpty() ? child : path + "." + child;
                children.put(child, resolve(childPath, child, childLayers));
            }
        }
        around.removeLast();
        SourcePosition position = layers.iterator().next().position;
        return new ConfigSection(path, name, position, entries, children);
    }

    private boolean hasRoom(Set<RawSection> layers) {
        if (sections < MOST_SECTIONS) {
            return true;
        }
        problems.error(
                layers.iterator().next().position,
                "references multiply to more than " + MOST_SECTIONS + " sections");
        return false;
    }

    /** The layers of a section that is inside a section of the given layers. */
    private Set<RawSection> childLayers(Set<RawSection> layers, String name, boolean report) {
        Set<RawSection> found = new LinkedHashSet<>();
        for (RawSection layer : layers) {
            RawSection child = layer.sections.get(name);
            if (child != null) {
                addWithReferences(child, found, new ArrayDeque<>(), report);
            }
        }
        return found;
    }

    private void addWithReferences(
            RawSection section, Set<RawSection> into, Deque<RawSection> chain, boolean report) {
        if (!into.add(section)) {
            return;
        }
        chain.addLast(section);
        for (RawSection.Reference reference : section.references) {
            follow(reference, into, chain, report);
        }
        chain.removeLast();
    }

    private void follow(
            RawSection.Reference reference,
            Set<RawSection> into,
            Deque<RawSection> chain,
            boolean report) {
        Optional<List<RawSection>> targets = lookUp(reference.path(), chain);
        if (targets.isEmpty()) {
            if (report) {
                problems.error(
                        reference.position(),
                        "there is no section of this name to refer to; references are absolute names, with a dot between sections");
            }
            return;
        }
        for (RawSection target : targets.get()) {
            if (chain.contains(target)
                    || around.stream().skip(1).anyMatch(layers -> layers.contains(target))) {
                problems.error(
                        reference.position(), "this reference leads back to the section it is in");
                continue;
            }
            templates.add(target);
            addWithReferences(target, into, chain, report);
        }
    }

    /** The sections that an absolute name stands for; also one that its parent inherits. */
    private Optional<List<RawSection>> lookUp(List<String> path, Deque<RawSection> chain) {
        if (chain.size() > MOST_CHAIN) {
            return Optional.empty();
        }
        Set<RawSection> layers = new LinkedHashSet<>(List.of(root));
        for (int i = 0; i < path.size(); i++) {
            Set<RawSection> next = new LinkedHashSet<>();
            for (RawSection layer : layers) {
                RawSection child = layer.sections.get(path.get(i));
                if (child == null) {
                    continue;
                }
                if (i < path.size() - 1 && !chain.contains(child)) {
                    addWithReferences(child, next, chain, false);
                } else {
                    next.add(child);
                }
            }
            layers = next;
        }
        return layers.isEmpty() ? Optional.empty() : Optional.of(new ArrayList<>(layers));
    }

    private static final int MOST_CHAIN = 64;
}
