package io.isotherm.catalog;

/** A request that the catalog cannot meet; the message is one line for the user. */
public class CatalogException extends RuntimeException {
  public CatalogException(String message) {
    super(message);
  }
}
