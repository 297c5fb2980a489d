/**
 * The control agent: one thread that owns the IKE engine, carries out what it asks for, and feeds
 * it what happens. Everybody else talks to it through {@link
 * dev.culvert.endpoint.control.ControlProxy}.
 */
package dev.culvert.endpoint.control;
