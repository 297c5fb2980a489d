/** What this host offers and lacks: {@code culvert doctor}. */
package dev.culvert.endpoint.doctor;
