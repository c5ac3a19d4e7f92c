namespace Mesh.Runtime.Model;

/// <summary>Ejection of endpoints that fail: Envoy's outlier detection, per proxy and service.</summary>
public sealed record OutlierDetectionConfig;
