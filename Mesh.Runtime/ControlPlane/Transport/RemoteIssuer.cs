using Google.Protobuf;
using Grpc.Core;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>
/// Certificates from the control plane: the first for a join token, the later ones for the certificate that they replace. Each is asked for over a connection of its own, so that the
/// certificate which proves the sidecar is its present one.
/// </summary>
/// <param name="way">The way to the control plane; TLS.</param>
/// <param name="joinToken">The token.</param>
public sealed class RemoteIssuer(ControlPlaneWay way, string joinToken) : IIdentityIssuer
{
    /// <inheritdoc/>
    public async Task<IssuedIdentity> IssueAsync(ReadOnlyMemory<byte> signingRequest, WorkloadCertificate? current, CancellationToken cancellation)
    {
        if (!way.IsSecure) throw new IdentityException("a join token would go to the control plane in plain text; give the bundle of roots by which the control plane proves itself.");
        using var channel = way.Open();
        var request = new Wire.IssueRequest { SigningRequest = ByteString.CopyFrom(signingRequest.Span) };
        if (current is null) request.JoinToken = joinToken.ToWire();
        try
        {
            var answer = await new Wire.ControlPlane.ControlPlaneClient(channel).IssueAsync(request, cancellationToken: cancellation).ConfigureAwait(false);
            return new IssuedIdentity([.. answer.Chain.Select(certificate => (ReadOnlyMemory<byte>)certificate.ToByteArray())], TrustWire.Read(answer.Trust ?? new Wire.Trust()));
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.PermissionDenied or StatusCode.Unimplemented or StatusCode.Unauthenticated)
        {
            throw new IdentityException($"the control plane at {way.Address} refuses: {e.Status.Detail}", e);
        }
        catch (RpcException e)
        {
            throw new IOException(LinkReason.Of(e, way), e);
        }
    }
}
