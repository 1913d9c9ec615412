// The sidebar, which on a phone is a menu.
const menu = {
  button: document.getElementById('menu'),

  show(shown) {
    document.body.classList.toggle('menu', shown);
    this.button.setAttribute('aria-expanded', String(shown));
  },
};

menu.button.addEventListener('click', () => menu.show(!document.body.classList.contains('menu')));
document.addEventListener('keydown', (e) => { if (e.key === 'Escape') menu.show(false); });
