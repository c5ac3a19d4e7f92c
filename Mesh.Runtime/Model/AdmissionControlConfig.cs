namespace Mesh.Runtime.Model;

/// <summary>Envoy's admission control: requests are refused with a probability that grows as success falls.</summary>
public sealed record AdmissionControlConfig;
