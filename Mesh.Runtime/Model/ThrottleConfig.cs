namespace Mesh.Runtime.Model;

/// <summary>Client-side throttling by accepts and requests (Google SRE book, chapter 21).</summary>
public sealed record ThrottleConfig;
