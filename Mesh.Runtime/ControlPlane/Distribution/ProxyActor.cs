using Akka.Actor;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Distribution;

/// <summary>
/// One connected proxy. It has one snapshot at a time on its way; of those that come while the proxy has not answered only the newest waits, so that a slow proxy costs
/// one reference and delays nobody. Ends with its connection, and its connection with it.
/// </summary>
internal sealed class ProxyActor : ReceiveActor
{
    private readonly IProxyConnection _connection;
    private MeshSnapshot? _underWay;
    private MeshSnapshot? _waiting;

    public ProxyActor(IProxyConnection connection)
    {
        _connection = connection;
        Receive<MeshSnapshot>(Offer);
        Receive<SnapshotAnswer>(OnAnswer);
        Receive<FaultsInForce>(faults => _connection.Keep(faults.Ids));
    }

    public static Props Props(IProxyConnection connection) => Akka.Actor.Props.Create(() => new ProxyActor(connection));

    protected override void PostStop() => _connection.Close();

    private void Offer(MeshSnapshot snapshot)
    {
        if (_underWay is not null)
        {
            _waiting = snapshot;
            return;
        }
        _underWay = snapshot;
        _connection.Send(snapshot);
    }

    private void OnAnswer(SnapshotAnswer answer)
    {
        if (_underWay?.Version != answer.Version) return;
        _underWay = null;
        if (_waiting is not { } next) return;
        _waiting = null;
        Offer(next);
    }
}
