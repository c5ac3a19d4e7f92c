namespace Mesh.Runtime.ControlPlane.Store;

/// <summary>The store cannot be opened, or could not write. The message is for people: which file, what is wrong, what to do.</summary>
/// <param name="message">The message.</param>
/// <param name="inner">What the database said.</param>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner);
